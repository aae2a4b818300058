// A program of a user: it says one word to itself, over TCP.
#include <iostream>
#include <string>
#include <string_view>

#include <mtcp/cancel_on_stop.hpp>
#include <mtcp/mtcp.hpp>

using namespace std::literals;

int main() {
  auto manager = mtcp::or_raise(mtcp::TcpManager::create());
  auto listener = mtcp::or_raise(mtcp::TcpListener::bind(manager, "127.0.0.1:0"));
  auto address = mtcp::or_raise(listener.local_addr());
  auto client = mtcp::or_raise(mtcp::TcpStream::connect(manager, address, 10s));
  auto connection = mtcp::or_raise(listener.accept(10s));
  auto server = mtcp::or_raise(mtcp::TcpStream::from(manager, std::move(connection)));
  mtcp::or_raise(client.write_all("hello"sv, 10s));
  std::string word(5, ' ');
  mtcp::or_raise(server.read_exact(word, 10s));
  std::cout << word << '\n';
  return word == "hello" ? 0 : 1;
}
