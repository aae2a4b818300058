#include "workload.hpp"

namespace bench {

using namespace std::chrono_literals;

std::vector<Workload> all_workloads() {
  using enum Placement;
  using enum Extent;
  constexpr int kib = 1024;
  return {
      {"W1", "one processor", PingPong{1, 64}, OneProcessor, Quick},
      {"W1", "two processors", PingPong{1, 64}, TwoProcessors, Quick},
      {"W1", "free", PingPong{1, 64}, Free, Quick},
      {"W1b", "one processor", PingPong{1, 16 * kib}, OneProcessor, Quick},
      {"W1b", "two processors", PingPong{1, 16 * kib}, TwoProcessors, Quick},
      {"W1m", "4 pairs", PingPong{4, 64}, Free, Quick},
      {"W1m", "8 pairs", PingPong{8, 64}, Free, Full},
      {"W1h", "1 pair", PingPong{1, 64}, Free, Full, Background::BusyProcessors},
      {"W1h", "2 pairs", PingPong{2, 64}, Free, Full, Background::BusyProcessors},
      {"W2", "one processor", Bulk{64 * kib}, OneProcessor, Quick},
      {"W2", "two processors", Bulk{64 * kib}, TwoProcessors, Quick},
      {"W3", "one processor", Connect{}, OneProcessor, Quick},
      {"W3", "two processors", Connect{}, TwoProcessors, Quick},
      {"W4", "1 thread", Park{1}, Free, Quick},
      {"W4", "100 threads", Park{100}, Free, Quick},
      {"W4", "1,000 threads", Park{1'000}, Free, Quick},
      // Raw needs two descriptors for each thread, and 20,000 is a common limit.
      {"W4", "9,000 threads", Park{9'000}, Free, Full, Background::Idle, Length::Long},
      {"W5", "100 us", Overshoot{100us}, Free, Full},
      {"W5", "1 ms", Overshoot{1ms}, Free, Quick},
      {"W5", "10 ms", Overshoot{10ms}, Free, Full},
      {"W5", "100 ms", Overshoot{100ms}, Free, Full, Background::Idle, Length::Long},
      {"W6", "100 connections", Serve{100}, Halves, Quick},
      {"W6", "1,000 connections", Serve{1'000}, Halves, Quick},
      {"W6", "10,000 connections", Serve{10'000}, Halves, Full, Background::Idle, Length::Long},
      {"W7", "100 connections", Serve{100, 10ms}, Halves, Quick},
      {"W7", "1,000 connections", Serve{1'000, 100ms}, Halves, Full},
  };
}

std::optional<Place> find_place(Placement placement, const Processors& allowed) {
  const auto half = static_cast<std::ptrdiff_t>(allowed.size() / 2);
  const auto numbered = [&](std::size_t i) { return std::to_string(allowed[i]); };
  switch (placement) {
    case Placement::OneProcessor:
      return Place{{allowed[0]}, {}, numbered(0)};
    case Placement::TwoProcessors:
      if (half == 0) return std::nullopt;
      return Place{{allowed[0], allowed[1]}, {}, numbered(0) + ',' + numbered(1)};
    case Placement::Free:
      return Place{allowed, {}, "none"};
    case Placement::Halves:
      if (half == 0) return std::nullopt;
      return Place{
          {allowed.begin(), allowed.end() - half}, {allowed.end() - half, allowed.end()}, "none"};
  }
  return std::nullopt;
}

}  // namespace bench
