#include "conformance/kinds/relayed_conversation.hpp"

#include <chrono>
#include <mutex>
#include <thread>
#include <utility>

#include "conformance/kinds/tcp_conversation.hpp"
#include "support/raw_socket.hpp"

namespace mtcp::test {

namespace {

/// Runs a relay as a proxy does: when a connection broke, it breaks the other too.
class Proxy {
 public:
  using Relaying = RelayReport (*)(TcpStream& a, TcpStream& b);

  Proxy(const TcpManager& manager, TcpStream a, TcpStream b, Relaying relaying)
      : manager_(manager),
        a_(std::move(a)),
        b_(std::move(b)),
        thread_([this, relaying] { run(relaying); }) {}
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;
  ~Proxy() { manager_.canceller().cancel(); }

  /// What `a` sends goes no further: it waits to be read, and `b` takes nothing more; or reverse.
  bool is_stuck() const {
    const std::lock_guard lock(closing_);
    return is_stuck(a_, b_) || is_stuck(b_, a_);
  }

 private:
  void run(Relaying relaying) {
    const auto report = relaying(a_, b_);
    const bool broken = report.a_to_b.error || report.b_to_a.error;
    const std::lock_guard lock(closing_);
    for (TcpStream* end : {&a_, &b_}) {
      if (broken) or_raise(end->set_linger(std::chrono::seconds(0)));
      const TcpStream closed = std::move(*end);
    }
  }

  static bool is_stuck(const TcpStream& from, const TcpStream& to) {
    return raw::is_readable(from) && !raw::is_writable(to);
  }

  TcpManager manager_;
  TcpStream a_;
  TcpStream b_;
  mutable std::mutex closing_;
  std::jthread thread_;
};

class RelayedConversation final : public TcpConversation<TcpStream> {
 public:
  RelayedConversation(const TcpManager& manager, TcpStream stream, TcpStream peer,
                      std::shared_ptr<Proxy> proxy)
      : TcpConversation(manager, std::make_shared<TcpStream>(std::move(stream)), std::move(peer),
                        proxy),
        proxy_(*proxy) {}

  bool under_way() const override { return !proxy_.is_stuck(); }

 private:
  const Proxy& proxy_;
};

struct Ends {
  TcpStream first;
  TcpStream second;
  std::shared_ptr<Proxy> proxy;
};

RelayReport relay_sockets(TcpStream& a, TcpStream& b) {
  return relay(a, b);
}

RelayReport relay_any_kinds(TcpStream& a, TcpStream& b) {
  return relay(StreamRef(a), StreamRef(b));
}

Ends connect_through_a_relay(Proxy::Relaying relaying = relay_sockets) {
  const TcpManager manager = make_manager();
  auto [first, a] = make_pair(manager);
  auto [b, second] = make_pair(manager);
  for (TcpStream* inner : {&a, &b}) TcpConversation<TcpStream>::narrow(*inner);
  auto proxy = std::make_shared<Proxy>(manager, std::move(a), std::move(b), relaying);
  return {std::move(first), std::move(second), std::move(proxy)};
}

std::unique_ptr<Conversation> converse(TcpStream stream, TcpStream peer,
                                       std::shared_ptr<Proxy> proxy) {
  const TcpManager manager = make_manager();
  stream.tie(manager);
  return std::make_unique<RelayedConversation>(manager, std::move(stream), std::move(peer),
                                               std::move(proxy));
}

}  // namespace

std::unique_ptr<Conversation> make_conversation_through_a_relay() {
  auto ends = connect_through_a_relay();
  return converse(std::move(ends.first), std::move(ends.second), std::move(ends.proxy));
}

std::unique_ptr<Conversation> make_conversation_back_through_a_relay() {
  auto ends = connect_through_a_relay();
  return converse(std::move(ends.second), std::move(ends.first), std::move(ends.proxy));
}

std::unique_ptr<Conversation> make_conversation_through_a_relay_of_any_kinds() {
  auto ends = connect_through_a_relay(relay_any_kinds);
  return converse(std::move(ends.first), std::move(ends.second), std::move(ends.proxy));
}

}  // namespace mtcp::test
