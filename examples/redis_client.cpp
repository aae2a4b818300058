// A Redis client: sends the commands it reads from standard input, prints a line for each reply.
//
//   redis_client HOST PORT [SECONDS [TIMES]]
//
// A command is a line of words; "double quotes" keep spaces in a word, \" and \\ stand for " and \.
// To connect, to send and to wait for a reply may take SECONDS each (default: 5). A reply that does
// not come in time is reported and waited for again, TIMES in all (default: 12), before it is given
// up.
//
// What it shows
//   - Pipelining: all commands that have come together are sent by one write, and then their
//     replies are read. A thousand commands cost one round trip, not a thousand.
//   - A protocol of one's own over TcpReader, in resp.hpp: a read that has timed out, or been
//     cancelled, resumes where it stopped, also in the midst of nested arrays.
//   - Ctrl+C ends it at any point: while it looks up the host, or waits for input or for a reply.
//
// It does not know replies that nobody asked for, as after SUBSCRIBE or MONITOR. The exit status is
// 0 if every command was answered, be it by an error; otherwise 1.
//
// What to try
//   redis-server --port 7379 &
//   echo 'PING' | redis_client localhost 7379
//   for i in $(seq 100000); do echo "INCR n"; done | redis_client localhost 7379 | tail -1
//   echo 'BLPOP nothing 3' | redis_client localhost 7379 1      the read resumes twice
//   echo 'EVAL "return {1,{2,{3}}}" 0' | redis_client localhost 7379
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include <mtcp/mtcp.hpp>

#include "resp.hpp"

namespace {

using Seconds = std::chrono::duration<double>;

constexpr std::size_t line_limit = 1 << 20;

/// What was asked for on the command line.
struct Settings {
  std::string host;
  std::uint16_t port = 0;
  Seconds patience{5};
  unsigned times = 12;
};

template <class T>
bool parse(std::string_view text, T& value) {
  const char* const begin = text.data();
  const auto [end, error] = std::from_chars(begin, begin + text.size(), value);
  return error == std::errc() && end == begin + text.size();
}

/// Nothing if that is no way to call this program.
std::optional<Settings> parse_arguments(std::span<char*> arguments) {
  if (arguments.size() < 3 || arguments.size() > 5) return std::nullopt;
  Settings settings{.host = arguments[1]};
  double seconds = settings.patience.count();
  if (!parse(arguments[2], settings.port) || settings.port == 0) return std::nullopt;
  if (arguments.size() > 3 && (!parse(arguments[3], seconds) || !(seconds > 0)))
    return std::nullopt;
  if (arguments.size() > 4 && (!parse(arguments[4], settings.times) || settings.times == 0))
    return std::nullopt;
  settings.patience = Seconds(seconds);
  return settings;
}

/// The next word of `line`, which is taken from it; nothing if there is none.
std::optional<std::string> take_word(std::string_view& line) {
  constexpr std::string_view blank = " \t\r";
  line.remove_prefix(std::min(line.size(), line.find_first_not_of(blank)));
  if (line.empty()) return std::nullopt;
  std::string word;
  bool quoted = false;
  for (; !line.empty(); line.remove_prefix(1)) {
    if (!quoted && blank.find(line.front()) != blank.npos) return word;
    if (line.starts_with("\\\"") || line.starts_with("\\\\")) {
      line.remove_prefix(1);
      word += line.front();
    } else if (line.front() == '"') {
      quoted = !quoted;
    } else {
      word += line.front();
    }
  }
  if (quoted) throw std::runtime_error("a quote has no end");
  return word;
}

std::string quote(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      quoted += {'\\', c};
    else if (code < 0x20 || code == 0x7f)
      quoted += {'\\', 'x', digits[code >> 4], digits[code & 15]};
    else
      quoted += c;
  }
  return quoted + '"';
}

std::string to_text(const resp::Reply& reply) {
  using Kind = resp::Reply::Kind;
  switch (reply.kind) {
    case Kind::Simple:
      return reply.text;
    case Kind::Error:
      return "error: " + reply.text;
    case Kind::Integer:
      return std::to_string(reply.integer);
    case Kind::Bulk:
      return quote(reply.text);
    case Kind::Nil:
      return "nil";
    case Kind::Array:
      break;
  }
  std::string text = "[";
  for (const auto& element : reply.elements)
    text += (text.size() > 1 ? ", " : "") + to_text(element);
  return text + ']';
}

/// Standard input, read so that Ctrl+C ends the wait for it.
class Input {
 public:
  explicit Input(const mtcp::TcpManager& manager) : manager_(manager) {}

  /// All whole lines that have come, once there is one; what there is at the end, and then nothing.
  std::string read_lines() {
    for (;;) {
      const auto end = ended_ ? text_.size() : text_.rfind('\n') + 1;  // npos + 1 is 0
      if (end > 0 || ended_) {
        auto lines = text_.substr(0, end);
        text_.erase(0, end);
        return lines;
      }
      if (text_.size() > line_limit) throw std::runtime_error("a line that is too long");
      read_some();
    }
  }

 private:
  void read_some() {
    mtcp::or_raise(manager_.wait_readable(STDIN_FILENO));
    std::array<char, 64 << 10> buffer;
    const auto size = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (size < 0 && errno != EINTR && errno != EAGAIN)
      throw std::system_error(errno, std::system_category(), "cannot read standard input");
    if (size > 0) text_.append(buffer.data(), static_cast<std::size_t>(size));
    ended_ = size == 0;
  }

  mtcp::TcpManager manager_;
  std::string text_;
  bool ended_ = false;
};

class Client {
 public:
  Client(const mtcp::TcpManager& manager, const Settings& settings)
      : settings_(settings),
        stream_(mtcp::or_raise(
            mtcp::TcpStream::connect(manager, settings.host, settings.port, settings.patience))),
        replies_(stream_) {}

  /// Sends the commands that are the lines of `text` and prints their replies. There are never so
  /// many commands that a server stops reading them because nobody reads its replies.
  void run(std::string_view text) {
    std::string commands;
    std::size_t count = 0;
    while (!text.empty()) {
      auto line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(text.size(), line.size() + 1));
      std::vector<std::string> words;
      while (auto word = take_word(line)) words.push_back(std::move(*word));
      if (words.empty()) continue;
      resp::append_command(commands, words);
      ++count;
    }
    mtcp::or_raise(stream_.write_all(commands, settings_.patience));
    while (count-- > 0) std::cout << to_text(read_reply()) << '\n';
    if (!std::cout.flush()) throw std::runtime_error("cannot write to standard output");
  }

 private:
  resp::Reply read_reply() {
    for (unsigned time = 1;; ++time) {
      auto reply = replies_.read(settings_.patience);
      if (reply) return std::move(*reply);
      if (!reply.error().timed_out() || time == settings_.times) reply.error().raise();
      std::cout.flush();  // what came before it
      std::cerr << (replies_.is_within_reply() ? "half a reply" : "no reply") << " after "
                << time * settings_.patience.count() << " s, still waiting" << std::endl;
    }
  }

  Settings settings_;
  mtcp::TcpStream stream_;
  resp::ReplyReader replies_;
};

}  // namespace

int main(int argc, char** argv) try {
  const auto settings = parse_arguments(std::span(argv, static_cast<std::size_t>(argc)));
  if (!settings) {
    std::cerr
        << "usage: redis_client HOST PORT [SECONDS [TIMES]], as redis_client localhost 6379\n";
    return 2;
  }
  const auto manager = mtcp::or_raise(mtcp::TcpManager::create());
  const auto ctrl_c = mtcp::or_raise(mtcp::CancelOnSignal::install(manager.canceller()));
  Client client(manager, *settings);
  Input input(manager);
  for (auto lines = input.read_lines(); !lines.empty(); lines = input.read_lines())
    client.run(lines);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "redis_client: " << error.what() << '\n';
  return 1;
}
