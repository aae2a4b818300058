#pragma once

#include <cstddef>
#include <deque>

#include "harness/line.hpp"
#include "harness/thread.hpp"
#include "harness/workloads.hpp"
#include "systems/asio_connection.hpp"

namespace bench {

/// A clients' and a servers' end of coroutines: an io_context each, run by one thread, so that each
/// can be pinned like the threads of other systems.
class Ends {
 public:
  explicit Ends(std::size_t pairs) {
    for (std::size_t i = 0; i < pairs; ++i) {
      tcp::socket client(client_io);
      client.connect(acceptor.local_endpoint());
      clients.emplace_back(std::move(client));
      servers.emplace_back(acceptor.accept());
    }
  }

  /// Measures `work` at each end. `spawn_clients(work)` starts the coroutines that do so much work;
  /// it is called for a tenth of it, to warm up, then for all.
  template <class SpawnClients, class SpawnServers>
  Cost race(const Pin& pin, std::size_t work, SpawnClients spawn_clients,
            SpawnServers spawn_servers) {
    Race race(2);
    Thread client(pin.clients, [&] { run(race, client_io, work, spawn_clients); });
    Thread server(pin.servers, [&] { run(race, server_io, work, spawn_servers); });
    client.join();
    server.join();
    return race.cost();
  }

  asio::io_context client_io;
  asio::io_context server_io;
  tcp::acceptor acceptor{server_io, loopback(0)};
  std::deque<Connection> clients;  // coroutines refer to the elements
  std::deque<Connection> servers;

 private:
  template <class Spawn>
  static void run(Race& race, asio::io_context& io, std::size_t work, Spawn& spawn) {
    spawn(work / 10);
    io.run();
    io.restart();
    spawn(work);
    race.start.arrive_and_wait();
    io.run();
    race.finish.arrive_and_wait();
  }
};

}  // namespace bench
