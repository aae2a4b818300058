// Boost.Asio's synchronous operations, which have neither a timeout nor a cancel.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "harness/answer.hpp"
#include "harness/blocking_workloads.hpp"
#include "systems/asio.hpp"

namespace {

namespace asio = bench::asio;
using asio::ip::tcp;

class Stream {
 public:
  explicit Stream(tcp::socket socket) : socket_(std::move(socket)) {
    socket_.set_option(tcp::no_delay(true));
  }

  void read(std::span<std::byte> buffer) { asio::read(socket_, bench::as_buffer(buffer)); }

  std::size_t read_some(std::span<std::byte> buffer) {
    bench::error_code error;
    const std::size_t size = socket_.read_some(bench::as_buffer(buffer), error);
    return bench::size_or_end(error, size);
  }

  void write(std::span<const std::byte> bytes) { asio::write(socket_, bench::as_buffer(bytes)); }

 private:
  tcp::socket socket_;
};

class Listener {
 public:
  explicit Listener(asio::io_context& io) : acceptor_(io, bench::loopback(0)) {}

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  Stream accept() { return Stream(acceptor_.accept()); }

 private:
  tcp::acceptor acceptor_;
};

struct AsioSync {
  using Stream = ::Stream;
  using Listener = ::Listener;

  std::string_view name() const { return "asio-sync"; }
  Listener listen() { return Listener(io); }

  Stream connect(std::uint16_t port) {
    tcp::socket socket(io);
    socket.connect(bench::loopback(port));
    return Stream(std::move(socket));
  }

  asio::io_context& io;
};

}  // namespace

int main() {
  asio::io_context io;
  bench::BlockingWorkloads workloads(AsioSync{io});
  return bench::answer_commands(workloads);
}
