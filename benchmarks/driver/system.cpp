#include "system.hpp"

#include <array>
#include <chrono>
#include <fcntl.h>
#include <poll.h>

#include "failure.hpp"
#include "interruption.hpp"

namespace bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// Far more than any command takes that works.
constexpr auto answer_limit = 20s;

constexpr auto names = std::to_array<std::string_view>(
    {"raw", "mtcp", "mtcp-no-spin", "by-hand", "by-hand-spin", "so-rcvtimeo", "asio-sync",
     "asio-run-for", "asio-coroutines", "gio", "poco", "go", "rust"});

std::vector<std::string> command_line(const std::filesystem::path& folder, std::string_view name) {
  if (name == "mtcp-no-spin") return {folder / "bench-mtcp", "--no-spin"};
  if (name == "by-hand-spin") return {folder / "bench-by-hand", "--spin"};
  return {folder / ("bench-" + std::string(name))};
}

std::vector<std::string> built_command_line(const std::filesystem::path& folder,
                                            std::string_view name) {
  auto line = command_line(folder, name);
  if (::access(line[0].c_str(), X_OK) != 0) throw Failure("not built");
  return line;
}

/// Does not return if all goes well.
void execute(std::vector<std::string> arguments, int input, int output) {
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  ::execv(pointers[0], pointers.data());
}

/// Waits until there is something to read, or throws.
void wait_readable(int fd, Clock::time_point limit) {
  for (;;) {
    std::array<pollfd, 2> waiting = {{{.fd = fd, .events = POLLIN, .revents = 0},
                                      {.fd = interruption_fd(), .events = POLLIN, .revents = 0}}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(limit - Clock::now());
    if (left <= 0ms) throw Failure("no answer within " + std::to_string(answer_limit / 1s) + " s");
    ::poll(waiting.data(), waiting.size(), static_cast<int>(left.count()));
    if (waiting[1].revents != 0) throw Interrupted();
    if (waiting[0].revents != 0) return;
  }
}

}  // namespace

std::span<const std::string_view> system_names() {
  return names;
}

System::Pipe::Pipe() {
  std::array<int, 2> ends = {-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw Failure("no pipe");
  reader = UniqueFd(ends[0]);
  writer = UniqueFd(ends[1]);
}

System::System(const std::filesystem::path& folder, std::string_view name,
               std::span<const int> processors)
    : process_(processors, [this, line = built_command_line(folder, name)] {
        execute(line, commands_.reader.get(), answers_.writer.get());
      }) {
  // Held by the child alone from now on, so that its end is the end of the answers.
  commands_.reader = UniqueFd();
  answers_.writer = UniqueFd();
  ask("hello");
}

Answer System::ask(const std::string& command) {
  const std::string line = command + '\n';
  // A command is shorter than a pipe's buffer; if nobody reads it, the answer stays away.
  if (::write(commands_.writer.get(), line.data(), line.size()) < 0) {
    throw Failure("has ended: " + process_.wait());
  }
  return next_answer();
}

Answer System::next_answer() {
  const auto limit = Clock::now() + answer_limit;
  std::array<char, 4096> piece;
  std::size_t end = 0;
  while ((end = received_.find('\n')) == std::string::npos) {
    wait_readable(answers_.reader.get(), limit);
    const auto size = ::read(answers_.reader.get(), piece.data(), piece.size());
    if (size <= 0) throw Failure("has ended: " + process_.wait());
    received_.append(piece.data(), static_cast<std::size_t>(size));
  }
  const Answer answer(std::string_view(received_).substr(0, end));
  received_.erase(0, end + 1);
  return answer;
}

void System::expect(std::string_view word) {
  if (!next_answer().says(word)) throw Failure("did not answer " + std::string(word));
}

}  // namespace bench
