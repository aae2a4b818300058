// Boost.Asio's coroutines, with a timer for each operation that cancels it.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "harness/answer.hpp"
#include "harness/expect.hpp"
#include "systems/asio_ends.hpp"
#include "systems/asio_pool.hpp"
#include "systems/asio_tasks.hpp"

namespace {

using bench::Connection;
using bench::Cost;
using bench::Ends;
using bench::expect;
using bench::spawn;

class AsioCoroutines final : public bench::Workloads {
 public:
  std::string_view name() const override { return "asio-coroutines"; }

  Cost ping_pong(const bench::PingPong& command) override {
    Ends ends(command.pairs);
    const auto clients = [&](std::size_t count) {
      for (Connection& each : ends.clients)
        spawn(ends.client_io.get_executor(), bench::ask(each, command.size, count));
    };
    const auto servers = [&](std::size_t count) {
      for (Connection& each : ends.servers)
        spawn(ends.server_io.get_executor(), bench::reply(each, command.size, count));
    };
    return ends.race(command.pin, command.count, clients, servers);
  }

  Cost bulk(const bench::Bulk& command) override {
    Ends ends(1);
    const auto client = [&](std::size_t bytes) {
      spawn(ends.client_io.get_executor(),
            bench::write_all(ends.clients.front(), command.size, bytes));
    };
    const auto server = [&](std::size_t bytes) {
      spawn(ends.server_io.get_executor(),
            bench::read_all(ends.servers.front(), command.size, bytes));
    };
    return ends.race(command.pin, command.bytes, client, server);
  }

  Cost connect(const bench::Connect& command) override {
    Ends ends(0);
    const auto endpoint = ends.acceptor.local_endpoint();
    const auto client = [&](std::size_t count) {
      spawn(ends.client_io.get_executor(), bench::connect_all(ends.client_io, endpoint, count));
    };
    const auto server = [&](std::size_t count) {
      spawn(ends.server_io.get_executor(), bench::accept_all(ends.acceptor, count));
    };
    return ends.race(command.pin, command.count, client, server);
  }

  std::vector<std::chrono::nanoseconds> overshoot(const bench::Overshoot& command) override {
    Ends ends(1);
    std::vector<std::chrono::nanoseconds> late(command.count);
    spawn(ends.client_io.get_executor(),
          bench::overshoot(ends.clients.front(), command.timeout, late));
    ends.client_io.run();
    return late;
  }

  std::uint16_t park(std::size_t count) override { return parking_.emplace(count).port(); }
  void wait_parked() override { parking_->wait_parked(); }

  Cost cancel() override {
    expect(parking_.has_value(), "cancel without park");
    const Cost cost = parking_->cancel();
    parking_.reset();
    return cost;
  }

  std::uint16_t serve(std::size_t count) override { return service_.emplace(count).port(); }
  void wait_serving() override { service_->wait_serving(); }

  Cost stop() override {
    expect(service_.has_value(), "stop without serve");
    const Cost cost = service_->stop();
    service_.reset();
    return cost;
  }

 private:
  std::optional<bench::PoolParking> parking_;
  std::optional<bench::PoolService> service_;
};

}  // namespace

int main() {
  AsioCoroutines workloads;
  return bench::answer_commands(workloads);
}
