#include "forwarder.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

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
void see_off(mtcp::StreamRef stream, mtcp::Deadline until) {
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

mtcp::Result<std::unique_ptr<Side>> Forwarder::reach_target(const mtcp::TcpManager& manager,
                                                            const std::string& client,
                                                            mtcp::Deadline total) const {
  const mtcp::Deadline deadline = std::min(total, mtcp::Deadline(options_.connect_timeout));
  auto tcp = mtcp::TcpStream::connect(manager, options_.host, options_.port, deadline);
  if (!tcp) return std::unexpected(tcp.error());
  auto target = tls_.target(std::move(*tcp), deadline);
  if (target)
    log_.say(Verbosity::Verbose, {client, ": connected to ", name_of_peer((*target)->tcp())});
  return target;
}

Outcome Forwarder::forward(const mtcp::TcpManager& manager, mtcp::TcpStream stream,
                           const std::string& name) const {
  const mtcp::Deadline total = options_.total_timeout;
  const auto ended = [](Ending ending, const mtcp::TcpError& error) -> Outcome {
    return {.ending = error.cancelled() ? Ending::CutOff : ending, .cause = error.message()};
  };
  const mtcp::Deadline handshake = std::min(total, mtcp::Deadline(options_.handshake_timeout));
  const auto client = tls_.client(std::move(stream), handshake);
  if (!client) return ended(Ending::Unshaken, client.error());
  expect_reset((*client)->tcp());
  const auto target = reach_target(manager, name, total);
  if (!target) return ended(Ending::Unreachable, target.error());
  expect_reset((*target)->tcp());
  return join(**client, **target, total);
}

Outcome Forwarder::join(Side& client, Side& target, mtcp::Deadline total) const {
  const mtcp::Timeout limit = mtcp::idle(options_.idle_timeout).within(total);
  const bool plain = client.is_plain() && target.is_plain();
  const auto report = plain ? mtcp::relay(client.tcp(), target.tcp(), limit)
                            : mtcp::relay(client.stream(), target.stream(), limit);
  if (!report.a_to_b.error) expect_end(target.tcp());
  if (!report.b_to_a.error) {
    expect_end(client.tcp());
    if (failed(report.a_to_b))
      see_off(client.stream(), std::min(total, mtcp::Deadline(farewell_time)));
  }
  return judge(report, total);
}

}  // namespace proxy
