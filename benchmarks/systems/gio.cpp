// GLib's GIO: a GSocket with a timeout of whole seconds, and one GCancellable at every call, which
// ends all of them at once.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <gio/gio.h>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "harness/answer.hpp"
#include "harness/blocking_workloads.hpp"

namespace {

struct Unref {
  void operator()(void* object) const noexcept { ::g_object_unref(object); }
};

using Socket = std::unique_ptr<GSocket, Unref>;
using Address = std::unique_ptr<GSocketAddress, Unref>;
using Cancellable = std::shared_ptr<GCancellable>;

/// Where a call says why it failed.
class Error {
 public:
  Error() = default;
  Error(const Error&) = delete;
  Error& operator=(const Error&) = delete;
  ~Error() { ::g_clear_error(&error_); }

  GError** out() noexcept { return &error_; }

  bool is(GIOErrorEnum code) const noexcept {
    return error_ != nullptr && error_->domain == ::g_io_error_quark() && error_->code == code;
  }

  /// Throws the error, if there is one.
  void check() const {
    if (error_ != nullptr) throw std::runtime_error(error_->message);
  }

 private:
  GError* error_ = nullptr;
};

/// `call` gets the place for its error as its last argument.
template <class Call>
auto checked(Call&& call) {
  Error error;
  const auto result = call(error.out());
  error.check();
  return result;
}

char* as_chars(std::span<std::byte> bytes) {
  return reinterpret_cast<char*>(bytes.data());
}
const char* as_chars(std::span<const std::byte> bytes) {
  return reinterpret_cast<const char*>(bytes.data());
}

Address loopback(std::uint16_t port) {
  const std::unique_ptr<GInetAddress, Unref> host(
      ::g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4));
  return Address(::g_inet_socket_address_new(host.get(), port));
}

/// Bounds accept and connect, too.
void set_timeout(const Socket& socket, std::chrono::seconds timeout) {
  ::g_socket_set_timeout(socket.get(), static_cast<guint>(timeout.count()));
}

/// What it accepts has TCP_NODELAY as it has.
Socket make_socket() {
  Socket socket(checked([](GError** error) {
    return ::g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);
  }));
  checked([&](GError** error) {
    return ::g_socket_set_option(socket.get(), IPPROTO_TCP, TCP_NODELAY, 1, error);
  });
  set_timeout(socket, bench::operation_timeout);
  return socket;
}

class Stream {
 public:
  Stream(Socket socket, Cancellable cancellable) noexcept
      : socket_(std::move(socket)), cancellable_(std::move(cancellable)) {}

  void read(std::span<std::byte> buffer) {
    while (!buffer.empty()) {
      const std::size_t size = read_some(buffer);
      if (size == 0) throw std::runtime_error("the stream ended early");
      buffer = buffer.subspan(size);
    }
  }

  std::size_t read_some(std::span<std::byte> buffer) {
    const auto size = checked([&](GError** error) { return receive(buffer, error); });
    return static_cast<std::size_t>(size);
  }

  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const auto size = checked([&](GError** error) {
        return ::g_socket_send(socket_.get(), as_chars(bytes), bytes.size(), cancellable_.get(),
                               error);
      });
      bytes = bytes.subspan(static_cast<std::size_t>(size));
    }
  }

  /// Only the wait for readiness takes less than a second. It ends early by what is over a whole
  /// number of milliseconds.
  bool read_times_out(std::span<std::byte> buffer, std::chrono::microseconds timeout) {
    Error error;
    if (::g_socket_condition_timed_wait(socket_.get(), G_IO_IN, timeout.count(), cancellable_.get(),
                                        error.out()) == FALSE)
      return error.is(G_IO_ERROR_TIMED_OUT);
    read_some(buffer);
    return false;
  }

  bool read_is_cancelled(std::span<std::byte> buffer) {
    set_timeout(socket_, std::chrono::hours(1));
    Error error;
    return receive(buffer, error.out()) < 0 && error.is(G_IO_ERROR_CANCELLED);
  }

 private:
  gssize receive(std::span<std::byte> buffer, GError** error) {
    return ::g_socket_receive(socket_.get(), as_chars(buffer), buffer.size(), cancellable_.get(),
                              error);
  }

  Socket socket_;
  Cancellable cancellable_;
};

class Listener {
 public:
  explicit Listener(Cancellable cancellable) : cancellable_(std::move(cancellable)) {
    const Address address = loopback(0);
    checked([&](GError** error) {
      return ::g_socket_bind(socket_.get(), address.get(), FALSE, error);
    });
    ::g_socket_set_listen_backlog(socket_.get(), SOMAXCONN);
    checked([&](GError** error) { return ::g_socket_listen(socket_.get(), error); });
  }

  std::uint16_t port() const {
    sockaddr_in in{};
    const Address address(checked(
        [&](GError** error) { return ::g_socket_get_local_address(socket_.get(), error); }));
    checked([&](GError** error) {
      return ::g_socket_address_to_native(address.get(), &in, sizeof in, error);
    });
    return ntohs(in.sin_port);
  }

  Stream accept() {
    Socket socket(checked([&](GError** error) {
      return ::g_socket_accept(socket_.get(), cancellable_.get(), error);
    }));
    set_timeout(socket, bench::operation_timeout);
    return Stream(std::move(socket), cancellable_);
  }

 private:
  Socket socket_ = make_socket();
  Cancellable cancellable_;
};

class Gio {
 public:
  using Stream = ::Stream;
  using Listener = ::Listener;
  using Parked = ::Stream;

  std::string_view name() const { return "gio"; }

  Listener listen() {
    // A workload begins here, and what is cancelled stays so.
    cancellable_ = Cancellable(::g_cancellable_new(), Unref());
    return Listener(cancellable_);
  }

  Stream connect(std::uint16_t port) {
    Socket socket = make_socket();
    const Address address = loopback(port);
    checked([&](GError** error) {
      return ::g_socket_connect(socket.get(), address.get(), cancellable_.get(), error);
    });
    return Stream(std::move(socket), cancellable_);
  }

  Parked park(Stream stream) { return stream; }
  void cancel(std::span<Parked>) { ::g_cancellable_cancel(cancellable_.get()); }

 private:
  Cancellable cancellable_;
};

}  // namespace

int main() {
  bench::BlockingWorkloads workloads{Gio{}};
  return bench::answer_commands(workloads);
}
