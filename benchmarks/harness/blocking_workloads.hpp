#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/blocking_system.hpp"
#include "harness/bulk.hpp"
#include "harness/connects.hpp"
#include "harness/expect.hpp"
#include "harness/parking.hpp"
#include "harness/ping_pong.hpp"
#include "harness/service.hpp"
#include "harness/workloads.hpp"

namespace bench {

/// What takes the place of a Parking for systems that cannot cancel.
struct NoParking {};

template <class S>
struct ParkingOf {
  using type = NoParking;
};
template <Cancels S>
struct ParkingOf<S> {
  using type = Parking<S>;
};

/// All workloads over a library whose operations block: a thread for each end of each connection.
template <BlockingSystem S>
class BlockingWorkloads final : public Workloads {
 public:
  explicit BlockingWorkloads(S system) : system_(std::move(system)) {}

  std::string_view name() const override { return system_.name(); }

  Cost ping_pong(const PingPong& command) override { return PingPongEnds<S>(command).run(system_); }

  Cost bulk(const Bulk& command) override { return BulkEnds<S>(command).run(system_); }

  Cost connect(const Connect& command) override { return ConnectEnds<S>(command).run(system_); }

  std::vector<std::chrono::nanoseconds> overshoot(const Overshoot& command) override {
    if constexpr (TimesOut<S>)
      return overshoot_all(command);
    else
      throw Unsupported();
  }

  std::uint16_t park(std::size_t count) override {
    if constexpr (Cancels<S>)
      return parking_.emplace(system_, count).port();
    else
      throw Unsupported();
  }

  void wait_parked() override {
    if constexpr (Cancels<S>) parking_->wait_parked();
  }

  Cost cancel() override {
    if constexpr (Cancels<S>) {
      expect(parking_.has_value(), "cancel without park");
      const Cost cost = parking_->cancel();
      parking_.reset();
      return cost;
    } else {
      throw Unsupported();
    }
  }

  std::uint16_t serve(std::size_t count) override {
    return service_.emplace(system_, count).port();
  }

  void wait_serving() override { service_->wait_serving(); }

  Cost stop() override {
    expect(service_.has_value(), "stop without serve");
    const Cost cost = service_->stop();
    service_.reset();
    return cost;
  }

 private:
  std::vector<std::chrono::nanoseconds> overshoot_all(const Overshoot& command) {
    using Clock = std::chrono::steady_clock;
    auto listener = system_.listen();
    auto client = system_.connect(listener.port());
    const auto silent = listener.accept();
    std::vector<std::chrono::nanoseconds> late;
    late.reserve(command.count);
    for (std::size_t i = 0; i < command.count; ++i) {
      std::array<std::byte, 64> buffer;
      const auto begin = Clock::now();
      const bool timed_out = client.read_times_out(buffer, command.timeout);
      late.push_back(Clock::now() - begin - command.timeout);
      expect(timed_out, "overshoot: the read ended, but did not time out");
    }
    return late;
  }

  S system_;
  std::optional<typename ParkingOf<S>::type> parking_;
  std::optional<Service<S>> service_;
};

}  // namespace bench
