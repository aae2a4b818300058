#include "servers/support/running_proxy.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace mtcp::test {

using namespace std::chrono_literals;

namespace {

constexpr std::string_view listening = "listening on ";
constexpr std::string_view statistics_begin = "statistics: ";

/// What follows `begin` in each line of `text` that begins so.
std::vector<std::string> lines_after(std::string_view begin, const std::string& text) {
  std::vector<std::string> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line) && !lines.eof();)  // whole lines only
    if (line.starts_with(begin)) found.push_back(line.substr(begin.size()));
  return found;
}

/// "2 open, 3 accepted": a number and a name, again and again.
Figures read_figures(const std::string& text) {
  Figures figures;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    std::istringstream pair(part);
    std::uint64_t value = 0;
    std::string name;
    if (!(pair >> value >> std::ws) || !std::getline(pair, name))
      throw std::runtime_error("not a figure and a name: '" + part + "'");
    figures[name] = value;
  }
  return figures;
}

void wait_until(const std::function<bool()>& condition, const RunningProxy& proxy) {
  for (const Deadline patience = 60s; !condition();) {
    if (patience.expired()) throw std::runtime_error("it does not come; the log:\n" + proxy.log());
    std::this_thread::sleep_for(1ms);
  }
}

}  // namespace

std::string proxy_program() {
  return MTCP_PROXY;
}

RunningProxy::RunningProxy(const std::string& target, const Options& options) {
  auto command = options.before;
  command.insert(command.end(), {proxy_program(), "--listen", "127.0.0.1:0"});
  command.insert(command.end(), options.arguments.begin(), options.arguments.end());
  command.push_back(target);
  const auto count = static_cast<std::size_t>(std::ranges::count(command, "--listen"));
  program_ = std::make_unique<Program>(command, options.program);
  wait_until([&] { return find_addresses(count) || !program_->running(); }, *this);
  if (!program_->running()) throw std::runtime_error("mtcp-proxy does not run:\n" + log());
}

/// In a test that has its log elsewhere, the lines come as output.
bool RunningProxy::find_addresses(std::size_t count) {
  const auto lines = lines_after(listening, log() + program_->output());
  if (lines.size() < count) return false;
  for (const auto& line : lines) addresses_.push_back(or_raise(SocketAddr::parse(line)));
  return true;
}

TcpStream RunningProxy::connect(const TcpManager& manager, std::size_t which) const {
  return or_raise(TcpStream::connect(manager, address(which), 60s));
}

void RunningProxy::wait_for_log(std::string_view text) {
  if (!program_->wait_for_errors(text, 60s))
    throw std::runtime_error("it does not say '" + std::string(text) + "' but\n" + log());
}

Figures RunningProxy::statistics() {
  const auto before = lines_after(statistics_begin, log()).size();
  program_->signal(SIGUSR1);
  wait_until([&] { return lines_after(statistics_begin, log()).size() > before; }, *this);
  return last_statistics();
}

void RunningProxy::wait_for(const std::string& figure, std::uint64_t value) {
  wait_until([&] { return statistics().at(figure) == value; }, *this);
}

void RunningProxy::begin_to_stop() {
  program_->signal(SIGTERM);
  wait_for_log("stopping: ");
}

int RunningProxy::status() {
  const auto ending = program_->wait(60s);
  if (!ending) throw std::runtime_error("mtcp-proxy does not end:\n" + log());
  return ending->signal != 0 ? -ending->signal : ending->status;
}

Figures RunningProxy::last_statistics() const {
  const auto lines = lines_after(statistics_begin, log());
  return lines.empty() ? Figures() : read_figures(lines.back());
}

}  // namespace mtcp::test
