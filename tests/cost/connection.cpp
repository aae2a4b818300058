#include "connection.hpp"

#include <fcntl.h>
#include <vector>

#include "repeat.hpp"

namespace cost {

mtcp::TcpManager make_manager() {
  return mtcp::or_raise(mtcp::TcpManager::create({.spin = std::chrono::nanoseconds(0)}));
}

void Connection::queue_messages() {
  std::vector<char> all;
  for (unsigned i = 0; i < most; ++i) all.insert(all.end(), message.begin(), message.end());
  mtcp::or_raise(peer.write_all(all, patience));
  std::vector<char> seen(all.size());
  while (mtcp::or_raise(stream.peek(seen, patience)) < all.size()) {
  }
}

int Connection::blocking() const {
  const int descriptor{stream.native_handle()};
  if (::fcntl(descriptor, F_SETFL, 0) < 0) fail("fcntl");
  return descriptor;
}

void queue_connections(const mtcp::TcpListener& listener) {
  static std::vector<mtcp::TcpStream> clients;  // open until the end
  const auto manager = make_manager();
  const auto address = mtcp::or_raise(listener.local_addr());
  for (unsigned i = 0; i < most; ++i)
    clients.push_back(mtcp::or_raise(mtcp::TcpStream::connect(manager, address, patience)));
}

}  // namespace cost
