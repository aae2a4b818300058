#include <memory>
#include <utility>

#include "conformance/stream_kind.hpp"
#include "support/arrival.hpp"
#include "sys/socket.hpp"
#include "tls/support/tls_pair.hpp"

// TLS keeps every law of streams, on either side and in either version.

namespace mtcp::test {

namespace {

/// What TLS 1.3 adds to a record; 1.2 adds more.
constexpr std::size_t added = 22;

class TlsConversation final : public Conversation {
 public:
  TlsConversation(TcpManager manager, TlsStream stream, TlsStream peer)
      : manager_(std::move(manager)),
        stream_(std::make_shared<TlsStream>(std::move(stream))),
        peer_(std::make_shared<TlsStream>(std::move(peer))) {
    peer_->tie(make_manager());
    for (TlsStream* end : {stream_.get(), peer_.get()}) {
      or_raise(end->transport()->set_send_buffer_size(65536));
      or_raise(end->transport()->set_receive_buffer_size(65536));
    }
  }

  AnyStream& stream() override { return any_stream_; }
  AnyStream& peer() override { return any_peer_; }
  const TcpManager& manager() const override { return manager_; }

  void reset_by_peer() override {
    TcpStream& socket = *peer_->transport();
    await_delivery(socket);  // a reset overtakes what was not delivered
    or_raise(socket.set_linger(std::chrono::seconds(0)));
    const sys::Socket closed(socket.release());
  }
  void close_by_peer() override { const TlsStream gone = std::move(*peer_); }

  void await_bytes(std::size_t count) override { test::await_bytes(socket(), count + added); }
  void await_end() override { test::await_end(socket()); }
  void await_reset() override { test::await_reset(socket()); }

 private:
  const TcpStream& socket() const { return *stream_->transport(); }

  TcpManager manager_;
  std::shared_ptr<TlsStream> stream_;
  std::shared_ptr<TlsStream> peer_;
  Erased<TlsStream> any_stream_{stream_};
  Erased<TlsStream> any_peer_{peer_};
};

template <TlsVersion version>
std::unique_ptr<Conversation> client() {
  const TcpManager manager = make_manager();
  auto pair = make_tls_pair(manager, version);
  return std::make_unique<TlsConversation>(manager, std::move(pair.client), std::move(pair.server));
}

template <TlsVersion version>
std::unique_ptr<Conversation> server() {
  const TcpManager manager = make_manager();
  auto pair = make_tls_pair(manager, version);
  return std::make_unique<TlsConversation>(manager, std::move(pair.server), std::move(pair.client));
}

/// A clone that has outlived what it was made from.
std::unique_ptr<Conversation> cloned() {
  const TcpManager manager = make_manager();
  auto pair = make_tls_pair(manager);
  return std::make_unique<TlsConversation>(manager, or_raise(pair.client.try_clone()),
                                           std::move(pair.server));
}

}  // namespace

std::vector<StreamKind> stream_kinds() {
  constexpr auto as_another = StreamKind::Timing::AsAnother;
  return {{"TlsClient", client<TlsVersion::Tls13>},
          {"TlsServer", server<TlsVersion::Tls13>, {}, as_another},
          {"TlsClientOfVersion12", client<TlsVersion::Tls12>},
          {"TlsServerOfVersion12", server<TlsVersion::Tls12>, {}, as_another},
          {"TlsCloned", cloned, {}, as_another}};
}

}  // namespace mtcp::test
