// mtcp: one manager, a timeout at every call. With --no-spin, operations sleep at once.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include <mtcp/mtcp.hpp>

#include "harness/answer.hpp"
#include "harness/blocking_workloads.hpp"

namespace {

using bench::operation_timeout;

class Stream {
 public:
  explicit Stream(mtcp::TcpStream stream) noexcept : stream_(std::move(stream)) {}

  void read(std::span<std::byte> buffer) {
    mtcp::or_raise(stream_.read_exact(buffer, operation_timeout));
  }

  std::size_t read_some(std::span<std::byte> buffer) {
    return mtcp::or_raise(stream_.read(buffer, operation_timeout));
  }

  void write(std::span<const std::byte> bytes) {
    mtcp::or_raise(stream_.write_all(bytes, operation_timeout));
  }

  bool read_times_out(std::span<std::byte> buffer, std::chrono::microseconds timeout) {
    const auto size = stream_.read(buffer, timeout);
    return !size && size.error().timed_out();
  }

  bool read_is_cancelled(std::span<std::byte> buffer) {
    const auto size = stream_.read(buffer, std::chrono::hours(1));
    return !size && size.error().cancelled();
  }

 private:
  mtcp::TcpStream stream_;
};

class Listener {
 public:
  explicit Listener(const mtcp::TcpManager& manager)
      : manager_(manager),
        listener_(
            mtcp::or_raise(mtcp::TcpListener::bind(manager, mtcp::SocketAddr::loopback_v4()))) {}

  std::uint16_t port() const { return mtcp::or_raise(listener_.local_addr()).port(); }

  Stream accept() {
    auto connection = mtcp::or_raise(listener_.accept(operation_timeout));
    return Stream(mtcp::or_raise(mtcp::TcpStream::from(manager_, std::move(connection))));
  }

 private:
  mtcp::TcpManager manager_;
  mtcp::TcpListener listener_;
};

class Mtcp {
 public:
  using Stream = ::Stream;
  using Listener = ::Listener;
  using Parked = ::Stream;

  Mtcp(std::string_view name, mtcp::TcpManager::Options options)
      : name_(name), manager_(mtcp::or_raise(mtcp::TcpManager::create(options))) {}

  std::string_view name() const { return name_; }

  Listener listen() {
    manager_.restart();  // a workload begins here: an earlier one's cancel is over
    return Listener(manager_);
  }

  Stream connect(std::uint16_t port) {
    return Stream(mtcp::or_raise(mtcp::TcpStream::connect(
        manager_, mtcp::SocketAddr::loopback_v4(port), operation_timeout)));
  }

  Parked park(Stream stream) { return stream; }
  void cancel(std::span<Parked>) { canceller_.cancel(); }

 private:
  std::string_view name_;
  mtcp::TcpManager manager_;
  mtcp::TcpCanceller canceller_ = manager_.canceller();
};

}  // namespace

int main(int argc, char** argv) {
  const bool spins = argc < 2 || std::string_view(argv[1]) != "--no-spin";
  using namespace std::chrono_literals;
  bench::BlockingWorkloads workloads(spins ? Mtcp("mtcp", {})
                                           : Mtcp("mtcp-no-spin", {.spin = 0ns}));
  return bench::answer_commands(workloads);
}
