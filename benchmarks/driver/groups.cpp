#include "groups.hpp"

#include <array>

namespace bench {

std::span<const Group> groups() {
  using enum Figures;
  static constexpr std::string_view round_trip = "Time of a round trip; lower is better.";
  static constexpr auto all = std::to_array<Group>({
      {"W1", "ping-pong of 64 bytes, one pair", round_trip, "us", Ratio},
      {"W1b", "ping-pong of 16 KiB, one pair", round_trip, "us", Ratio},
      {"W1m", "ping-pong of 64 bytes, several pairs at once", round_trip, "us", Ratio},
      {"W1h", "ping-pong of 64 bytes, every processor busy with something else", round_trip, "us",
       Ratio},
      {"W2", "bulk transfer, 64 KiB a write",
       "Throughput; higher is better. An operation is 1 MiB.", "MiB/s", Ratio},
      {"W3", "connect and close, one after the other", "Connections a second; higher is better.",
       "/s", Ratio},
      {"W4", "cancel N reads at once, a thread each",
       "Time until the last read has returned; lower is better. Raw sockets cannot be cancelled: "
       "raw wakes each thread by hand, through a descriptor of its own.",
       "us", RatioAndTime},
      {"W5", "how late a timeout is",
       "How much later than its timeout a read returns, on this machine: median / 90th percentile "
       "in us; lower is better. None may be early. Raw sockets have no timeouts.",
       "us", Lateness},
      {"W6", "serve N connections, a thread each",
       "Requests of 64 bytes a second, one outstanding on each connection; higher is better. "
       "Memory is what the process takes for each connection, its thread included, in KiB.",
       "/s", RatioAndMemory},
      {"W7", "serve N connections that are mostly idle, a thread each",
       "Processor time a request, where 10,000 come in a second; lower is better.", "us", Ratio},
  });
  return all;
}

}  // namespace bench
