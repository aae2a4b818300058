#include "forwarder.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

#include "address.hpp"

namespace proxy {

namespace {

using namespace std::chrono_literals;

/// How long a client may go on sending to a target that no longer listens, until it has read the
/// answer.
constexpr auto farewell_time = 5s;

/// Closing it resets it.
void expect_reset(mtcp::TcpStream& stream) {
  std::ignore = stream.set_linger(0s);  // it fails only if the connection is gone already
}

/// Closing it ends it in order, once the kernel has delivered what was written.
void expect_end(mtcp::TcpStream& stream) {
  std::ignore = stream.set_linger(std::nullopt);
}

/// To close while bytes arrive that nobody reads would reset the connection, and the last of what
/// was written might be lost with it.
void see_off(mtcp::TcpStream& stream, mtcp::Deadline until) {
  std::array<std::byte, 4096> ignored;
  while (const auto size = stream.read(ignored, until))
    if (*size == 0) return;
}

bool failed(const mtcp::RelayDirection& direction) {
  return direction.error && direction.error->kind() == mtcp::TcpError::Kind::Failed;
}

Outcome judge(const mtcp::RelayReport& report, mtcp::Deadline total) {
  Outcome outcome{.bytes_to_target = report.a_to_b.bytes, .bytes_to_client = report.b_to_a.bytes};
  for (const auto& direction : {report.a_to_b, report.b_to_a}) {
    if (!direction.error) continue;
    if (direction.error->cancelled())
      outcome.ending = Ending::CutOff;
    else if (direction.error->timed_out())
      outcome.ending = total.expired() ? Ending::Overtime : Ending::Idle;
    else if (outcome.ending == Ending::Complete)
      outcome = {Ending::Broken, report.a_to_b.bytes, report.b_to_a.bytes,
                 direction.error->message()};
  }
  return outcome;
}

}  // namespace

mtcp::Result<mtcp::TcpStream> Forwarder::reach_target(const mtcp::TcpManager& manager,
                                                      const mtcp::TcpStream& client,
                                                      mtcp::Deadline total) const {
  const mtcp::Deadline deadline = std::min(total, mtcp::Deadline(options_.connect_timeout));
  auto target = mtcp::TcpStream::connect(manager, options_.host, options_.port, deadline);
  if (target)
    log_.say(Verbosity::Verbose, {name_of_peer(client), ": connected to ", name_of_peer(*target)});
  return target;
}

Outcome Forwarder::forward(const mtcp::TcpManager& manager, mtcp::TcpStream& client) const {
  const mtcp::Deadline total = options_.total_timeout;
  expect_reset(client);
  auto target = reach_target(manager, client, total);
  if (!target) {
    const auto ending = target.error().cancelled() ? Ending::CutOff : Ending::Unreachable;
    return {.ending = ending, .cause = target.error().message()};
  }
  expect_reset(*target);
  const auto report = mtcp::relay(client, *target, mtcp::idle(options_.idle_timeout).within(total));
  if (!report.a_to_b.error) expect_end(*target);
  if (!report.b_to_a.error) {
    expect_end(client);
    if (failed(report.a_to_b)) see_off(client, std::min(total, mtcp::Deadline(farewell_time)));
  }
  return judge(report, total);
}

}  // namespace proxy
