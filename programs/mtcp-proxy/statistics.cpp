#include "statistics.hpp"

#include <initializer_list>
#include <string_view>
#include <utility>

namespace proxy {

void Statistics::count(const Outcome& outcome) noexcept {
  ++endings_[static_cast<std::size_t>(outcome.ending)];
  bytes_to_target_ += outcome.bytes_to_target;
  bytes_to_client_ += outcome.bytes_to_client;
}

std::string Statistics::to_string(const mtcp::TcpServer& server) const {
  const std::size_t unshaken = of(Ending::Unshaken);
  const std::size_t unreachable = of(Ending::Unreachable);
  const std::size_t idle = of(Ending::Idle);
  const std::size_t overtime = of(Ending::Overtime);
  const std::size_t broken = of(Ending::Broken);
  const auto report = server.report();  // after these, which are never more than it has accepted
  const std::size_t accepted =
      report.running + report.served + report.drained + report.aborted + report.refused;
  const std::initializer_list<std::pair<std::uint64_t, std::string_view>> figures = {
      {report.running, "open"},
      {accepted, "accepted"},
      {report.served, "served"},
      {report.drained, "drained"},
      {report.aborted, "aborted"},
      {report.refused, "refused"},
      {unshaken, "failed to shake hands"},
      {unreachable, "failed to connect"},
      {idle, "timed out idle"},
      {overtime, "timed out in total"},
      {broken, "broken"},
      {bytes_to_target_, "bytes to the target"},
      {bytes_to_client_, "bytes to clients"},
  };
  std::string text = "statistics:";
  for (const auto& [figure, name] : figures) {
    text += text.ends_with(':') ? " " : ", ";
    text.append(std::to_string(figure)).append(" ").append(name);
  }
  return text;
}

}  // namespace proxy
