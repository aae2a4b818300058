// What a relay costs in processor time per byte, as a ratio to a bare loop of recv() and send().
//
//   benchmark_relay [ROUNDS]
//
// Each round runs every way once, in turn, on the same amount of bytes: a source sends, the relay
// hands on, a sink receives. Counted is the processor time of all threads but the source's and the
// sink's. The ways:
//   raw          recv() and send(), 64 KiB at a time, in one thread, no deadline, no cancel: 1.00
//   sockets      relay() between two TcpStreams: one thread, splice() where the system has it
//   any streams  relay() between streams of any kind: two threads, copying
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <fcntl.h>
#include <iomanip>
#include <iostream>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <mtcp/mtcp.hpp>

namespace {

using namespace std::chrono_literals;

struct Pair {
  mtcp::TcpStream client;
  mtcp::TcpStream server;
};

Pair make_pair(const mtcp::TcpManager& manager) {
  auto listener = mtcp::or_raise(mtcp::TcpListener::bind(manager, "127.0.0.1:0"));
  auto client =
      mtcp::or_raise(mtcp::TcpStream::connect(manager, mtcp::or_raise(listener.local_addr()), 5s));
  auto connection = mtcp::or_raise(listener.accept(5s));
  return {std::move(client), mtcp::or_raise(mtcp::TcpStream::from(manager, std::move(connection)))};
}

double seconds_of(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return double(time.tv_sec) + double(time.tv_nsec) * 1e-9;
}

void make_blocking(const mtcp::TcpStream& stream) {
  const int handle = static_cast<int>(stream.native_handle());
  ::fcntl(handle, F_SETFL, ::fcntl(handle, F_GETFL) & ~O_NONBLOCK);
}

/// The limit.
void relay_raw(mtcp::TcpStream& from, mtcp::TcpStream& to) {
  make_blocking(from);
  make_blocking(to);
  const int in = static_cast<int>(from.native_handle());
  const int out = static_cast<int>(to.native_handle());
  std::vector<char> buffer(64 << 10);
  for (;;) {
    const auto size = ::recv(in, buffer.data(), buffer.size(), 0);
    if (size <= 0) break;
    if (::send(out, buffer.data(), std::size_t(size), MSG_NOSIGNAL) != size) break;
  }
  mtcp::or_raise(to.shutdown(mtcp::Shutdown::Write));
}

void relay_sockets(mtcp::TcpStream& from, mtcp::TcpStream& to) {
  std::ignore = mtcp::relay(from, to, mtcp::idle(60s));
}

void relay_any(mtcp::TcpStream& from, mtcp::TcpStream& to) {
  std::ignore = mtcp::relay(mtcp::StreamRef(from), mtcp::StreamRef(to), mtcp::idle(60s));
}

/// Seconds of the thread that ran it.
double send_all(mtcp::TcpStream& stream, std::size_t size, std::size_t piece) {
  const std::vector<std::byte> bytes(piece);
  for (std::size_t done = 0; done < size; done += piece) mtcp::or_raise(stream.write_all(bytes));
  mtcp::or_raise(stream.shutdown(mtcp::Shutdown::Write));
  return seconds_of(CLOCK_THREAD_CPUTIME_ID);
}

double receive_all(mtcp::TcpStream& stream) {
  std::vector<std::byte> bytes(256 << 10);
  while (mtcp::or_raise(stream.read(bytes)) != 0) continue;
  mtcp::or_raise(stream.shutdown(mtcp::Shutdown::Write));
  return seconds_of(CLOCK_THREAD_CPUTIME_ID);
}

using Way = void (*)(mtcp::TcpStream&, mtcp::TcpStream&);

/// Processor time of the relay alone, in seconds.
double measure(Way way, std::size_t size, std::size_t piece) {
  const auto manager = mtcp::or_raise(mtcp::TcpManager::create());
  Pair source = make_pair(manager);
  Pair sink = make_pair(manager);
  double others = 0;
  const double before = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  {
    double sending = 0;
    std::thread sender([&] { sending = send_all(source.client, size, piece); });
    std::thread relay([&] { way(source.server, sink.client); });
    double receiving = 0;
    std::thread receiver([&] { receiving = receive_all(sink.server); });
    sender.join();
    relay.join();
    receiver.join();
    others = sending + receiving;
  }
  return seconds_of(CLOCK_PROCESS_CPUTIME_ID) - before - others;
}

struct Row {
  std::string_view name;
  Way way;
  std::vector<double> ratios = {};
};

void compare(std::string_view what, std::size_t size, std::size_t piece, int rounds) {
  std::array<Row, 3> rows = {
      {{"raw", relay_raw}, {"sockets", relay_sockets}, {"any streams", relay_any}}};
  for (int round = 0; round < rounds; ++round) {
    double limit = 0;
    for (Row& row : rows) {
      const double seconds = measure(row.way, size, piece);
      if (&row == rows.data()) limit = seconds;
      row.ratios.push_back(seconds / limit);
    }
  }
  std::cout << what << '\n';
  for (Row& row : rows) {
    std::ranges::sort(row.ratios);
    std::cout << "  " << std::left << std::setw(12) << row.name << std::fixed
              << std::setprecision(2) << row.ratios[row.ratios.size() / 2] << "  ("
              << row.ratios.front() << " to " << row.ratios.back() << ")\n";
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 7;
  std::cout << "processor time of a relay, raw = 1.00: median (least to most) of " << rounds
            << " rounds\n";
  compare("512 MiB in pieces of 64 KiB", 512 << 20, 64 << 10, rounds);
  compare("32 MiB in pieces of 1,000 bytes", 32 << 20, 1000, rounds);
  compare("64 KiB, a short conversation", 64 << 10, 16 << 10, rounds * 20);
  return 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
