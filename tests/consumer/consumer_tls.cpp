// A program of a user: a TLS server refuses a client that talks something else.
#include <iostream>
#include <string_view>

#include <mtcp/mtcp.hpp>
#include <mtcp/tls.hpp>

using namespace std::literals;

int main() {
  auto manager = mtcp::or_raise(mtcp::TcpManager::create());
  auto listener = mtcp::or_raise(mtcp::TcpListener::bind(manager, "127.0.0.1:0"));
  auto address = mtcp::or_raise(listener.local_addr());
  auto client = mtcp::or_raise(mtcp::TcpStream::connect(manager, address, 10s));
  auto connection = mtcp::or_raise(listener.accept(10s));
  auto server = mtcp::or_raise(mtcp::TcpStream::from(manager, std::move(connection)));
  mtcp::or_raise(server.write_all("this is not TLS"sv, 10s));
  auto context = mtcp::or_raise(mtcp::TlsContext::client());
  auto stream = mtcp::TlsStream::connect(context, std::move(client), "localhost", 10s);
  std::cout << stream.error().message() << '\n';
  return stream.error() == mtcp::TlsErrc::ProtocolViolated ? 0 : 1;
}
