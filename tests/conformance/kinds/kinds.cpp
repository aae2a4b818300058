#include <future>
#include <optional>
#include <utility>

#include "conformance/kinds/buffered.hpp"
#include "conformance/kinds/forwarding.hpp"
#include "conformance/kinds/relayed_conversation.hpp"
#include "conformance/kinds/tcp_conversation.hpp"
#include "support/fake_resolver.hpp"
#include "support/ip_versions.hpp"
#include "support/raw_socket.hpp"
#include "support/running_server.hpp"

// Whatever the library has that is a stream, in each of the ways in which one comes by it.

namespace mtcp::test {

using namespace std::chrono_literals;

namespace {

std::unique_ptr<Conversation> converse(const TcpManager& manager, TcpStream stream,
                                       TcpStream peer) {
  return std::make_unique<TcpConversation<TcpStream>>(
      manager, std::make_shared<TcpStream>(std::move(stream)), std::move(peer));
}

/// With a listener on `address`, to which `connect` connects.
template <class Connect>
std::unique_ptr<Conversation> connected(const SocketAddr& address, Connect connect) {
  const TcpManager manager = make_manager();
  auto listener = or_raise(TcpListener::bind(manager, address));
  TcpStream stream = or_raise(connect(manager, or_raise(listener.local_addr())));
  auto peer = or_raise(TcpStream::from(manager, or_raise(listener.accept(60s))));
  return converse(manager, std::move(stream), std::move(peer));
}

Result<TcpStream> connect(const TcpManager& manager, const SocketAddr& address) {
  return TcpStream::connect(manager, address, 60s);
}

std::unique_ptr<Conversation> connected_by_name() {
  FakeResolver names;
  names.answer("peer.test", {SocketAddr::loopback_v4()});
  return connected(SocketAddr::loopback_v4(), [](const auto& manager, const SocketAddr& address) {
    return TcpStream::connect(manager, "peer.test", address.port(), 60s);
  });
}

std::unique_ptr<Conversation> accepted() {
  const TcpManager manager = make_manager();
  auto [client, server] = make_pair(manager);
  return converse(manager, std::move(server), std::move(client));
}

/// A socket as other libraries make them: blocking.
std::unique_ptr<Conversation> adopted() {
  const TcpManager manager = make_manager();
  auto [client, server] = make_pair(manager);
  const auto handle = client.release();
  raw::make_blocking(handle);
  return converse(manager, or_raise(TcpStream::adopt(manager, handle)), std::move(server));
}

/// A clone that has outlived what it was made from.
std::unique_ptr<Conversation> cloned() {
  const TcpManager manager = make_manager();
  auto [client, server] = make_pair(manager);
  return converse(manager, or_raise(client.try_clone()), std::move(server));
}

std::unique_ptr<Conversation> tied_to_a_grandchild() {
  const TcpManager manager = make_manager();
  auto [client, server] = make_pair(manager);
  client.tie(or_raise(or_raise(manager.child()).child()));
  return converse(manager, std::move(client), std::move(server));
}

/// A server with one session, which lives until it is let go.
class Session {
 public:
  Session() { parts_.emplace(begun_.get_future().get()); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() { end_.set_value(); }

  const TcpManager& manager() const { return parts_->manager; }
  TcpStream* stream() { return parts_->stream; }
  TcpStream take_client() { return std::move(client_); }

 private:
  struct Parts {
    TcpManager manager;
    TcpStream* stream;
  };

  void serve(const TcpManager& manager, TcpStream& stream) {
    begun_.set_value({manager, &stream});
    end_.get_future().wait();
  }

  std::promise<Parts> begun_;
  std::promise<void> end_;
  RunningServer server_{make_server(
      make_manager(), [this](const auto& manager, auto& stream) { serve(manager, stream); })};
  TcpStream client_ = server_.connect(make_manager());
  std::optional<Parts> parts_;
};

std::unique_ptr<Conversation> in_a_session() {
  const auto session = std::make_shared<Session>();
  return std::make_unique<TcpConversation<TcpStream>>(
      session->manager(), std::shared_ptr<TcpStream>(session, session->stream()),
      session->take_client(), session);
}

}  // namespace

std::vector<StreamKind> stream_kinds() {
  constexpr auto as_another = StreamKind::Timing::AsAnother;
  return {
      {"Connected", [] { return connected(SocketAddr::loopback_v4(), connect); }},
      {"ConnectedByName", connected_by_name, {}, as_another},
      {"ConnectedOverIpv6",
       [] { return connected(SocketAddr::loopback_v6(), connect); },
       {},
       as_another,
       [] { return std::string_view(has_ipv6() ? "" : "this system has no ::1"); }},
      {"Accepted", accepted, {}, as_another},
      {"Adopted", adopted},
      {"Cloned", cloned, {}, as_another},
      {"TiedToAGrandchild", tied_to_a_grandchild},
      {"InASession", in_a_session, {}, as_another},
      {"ThroughARelay", make_conversation_through_a_relay},
      {"BackThroughARelay", make_conversation_back_through_a_relay, {}, as_another},
      {"ThroughARelayOfAnyKinds", make_conversation_through_a_relay_of_any_kinds},
      {"AUsersOwn", make_conversation<Forwarding>, beyond_the_concept()},
      {"ReaderOverATcpStream", make_conversation<Buffered<TcpStream>>, not_through_a_reader()},
      {"ReaderOverAUsersOwn", make_conversation<Buffered<Forwarding>>, not_through_a_reader(),
       as_another},
  };
}

}  // namespace mtcp::test
