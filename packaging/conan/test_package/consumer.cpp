// Finds the headers and the library, and asks the system for a socket.
#include <mtcp/mtcp.hpp>

int main() {
  auto manager = mtcp::or_raise(mtcp::TcpManager::create());
  auto listener = mtcp::or_raise(mtcp::TcpListener::bind(manager, "127.0.0.1:0"));
  return mtcp::or_raise(listener.local_addr()).port() > 0 ? 0 : 1;
}
