#pragma once

#include <array>
#include <cstddef>

#include "harness/blocking_system.hpp"
#include "harness/expect.hpp"
#include "harness/line.hpp"
#include "harness/thread.hpp"
#include "harness/workloads.hpp"

namespace bench {

/// A client that connects and a server that accepts, a thread each.
template <BlockingSystem S>
class ConnectEnds {
 public:
  explicit ConnectEnds(const Connect& command) : command_(command) {}

  Cost run(S& system) {
    auto listener = system.listen();
    Thread server(command_.pin.servers, [this, &listener] { accept(listener); });
    Thread client(command_.pin.clients,
                  [this, &system, port = listener.port()] { connect(system, port); });
    server.join();
    client.join();
    return race_.cost();
  }

 private:
  static constexpr std::byte greeting{'x'};

  void connect(S& system, std::uint16_t port) {
    const auto connect_all = [&](std::size_t count) {
      for (std::size_t i = 0; i < count; ++i) {
        auto stream = system.connect(port);
        std::array<std::byte, 1> byte{};
        stream.read(byte);
        expect(byte[0] == greeting, "connect: another byte was read");
      }
    };
    connect_all(warm_up());
    race_.start.arrive_and_wait();
    connect_all(command_.count);
    race_.finish.arrive_and_wait();
  }

  void accept(typename S::Listener& listener) {
    const auto accept_all = [&](std::size_t count) {
      for (std::size_t i = 0; i < count; ++i) {
        auto stream = listener.accept();
        stream.write(std::array{greeting});
      }
    };
    accept_all(warm_up());
    race_.start.arrive_and_wait();
    accept_all(command_.count);
    race_.finish.arrive_and_wait();
  }

  std::size_t warm_up() const noexcept { return command_.count / 10; }

  Connect command_;
  Race race_{2};
};

}  // namespace bench
