#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>

#include <mtcp/mtcp.hpp>

#include "conformance/stream_kind.hpp"
#include "support/arrival.hpp"
#include "support/pair.hpp"

namespace mtcp::test {

/// The socket that a stream stands on: its own, or that of the one which it wraps.
inline TcpStream& socket_of(TcpStream& stream) {
  return stream;
}
template <class Wrapper>
TcpStream& socket_of(Wrapper& wrapper) {
  return wrapper.socket();
}

/// A conversation of which both ends stand on TCP sockets. `world` is what has to live as long,
/// and goes last.
template <Stream S>
class TcpConversation : public Conversation {
 public:
  TcpConversation(TcpManager manager, std::shared_ptr<S> stream, TcpStream peer,
                  std::shared_ptr<void> world = {})
      : world_(std::move(world)),
        manager_(std::move(manager)),
        stream_(std::move(stream)),
        peer_(std::make_shared<TcpStream>(std::move(peer))) {
    peer_->tie(make_manager());
    narrow(socket_of(*stream_));
    narrow(*peer_);
  }

  static void narrow(TcpStream& socket) {
    or_raise(socket.set_send_buffer_size(65536));
    or_raise(socket.set_receive_buffer_size(65536));
  }

  AnyStream& stream() override { return any_stream_; }
  AnyStream& peer() override { return any_peer_; }
  const TcpManager& manager() const override { return manager_; }

  void reset_by_peer() override {
    await_delivery(*peer_);  // a reset overtakes what was not delivered
    or_raise(peer_->set_linger(std::chrono::seconds(0)));
    close_by_peer();
  }
  void close_by_peer() override { const TcpStream gone = std::move(*peer_); }

  void await_bytes(std::size_t count) override { test::await_bytes(socket(), count); }
  void await_end() override { test::await_end(socket()); }
  void await_reset() override { test::await_reset(socket()); }

 private:
  const TcpStream& socket() const { return socket_of(*stream_); }

  std::shared_ptr<void> world_;
  TcpManager manager_;
  std::shared_ptr<S> stream_;
  std::shared_ptr<TcpStream> peer_;
  Erased<S> any_stream_{stream_};
  Erased<TcpStream> any_peer_{peer_};
};

/// One end of a fresh connection over loopback as an S, and the other as its peer.
template <Stream S>
std::unique_ptr<Conversation> make_conversation() {
  const TcpManager manager = make_manager();
  auto [client, server] = make_pair(manager);
  return std::make_unique<TcpConversation<S>>(manager, std::make_shared<S>(std::move(client)),
                                              std::move(server));
}

}  // namespace mtcp::test
