#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "harness/blocking_system.hpp"
#include "harness/expect.hpp"
#include "harness/line.hpp"
#include "harness/thread.hpp"
#include "harness/workloads.hpp"

namespace bench {

/// A client that writes and a server that reads, a thread each.
template <BlockingSystem S>
class BulkEnds {
 public:
  using Stream = typename S::Stream;

  explicit BulkEnds(const Bulk& command) : command_(command) {}

  Cost run(S& system) {
    auto listener = system.listen();
    auto client = system.connect(listener.port());
    auto server = listener.accept();
    Thread writer(command_.pin.clients, [this, &client] { write(client); });
    Thread reader(command_.pin.servers, [this, &server] { read(server); });
    writer.join();
    reader.join();
    return race_.cost();
  }

 private:
  void write(Stream& stream) {
    const std::vector<std::byte> piece(command_.size, std::byte{'x'});
    const auto write_all = [&](std::size_t bytes) {
      for (std::size_t left = bytes; left != 0;) {
        const auto next = std::span(piece).first(std::min(left, piece.size()));
        stream.write(next);
        left -= next.size();
      }
    };
    write_all(warm_up());
    race_.start.arrive_and_wait();
    write_all(command_.bytes);
    race_.finish.arrive_and_wait();
  }

  void read(Stream& stream) {
    std::vector<std::byte> buffer(command_.size);
    const auto read_all = [&](std::size_t bytes) {
      for (std::size_t left = bytes; left != 0;) {
        const std::size_t size = stream.read_some(buffer);
        expect(size != 0, "bulk: the stream ended early");
        expect(size <= left, "bulk: more bytes than were written");
        left -= size;
      }
    };
    read_all(warm_up());
    race_.start.arrive_and_wait();
    read_all(command_.bytes);
    race_.finish.arrive_and_wait();
  }

  std::size_t warm_up() const noexcept { return command_.bytes / 10; }

  Bulk command_;
  Race race_{2};
};

}  // namespace bench
