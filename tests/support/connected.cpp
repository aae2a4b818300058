#include "support/connected.hpp"

#include <chrono>
#include <limits>

namespace mtcp::test {

using namespace std::chrono_literals;

void NarrowlyConnected::SetUp() {
  or_raise(client_.set_send_buffer_size(65536));
  or_raise(server_.set_receive_buffer_size(65536));
}

void give(TcpStream& stream, std::string_view text) {
  or_raise(stream.write_all(text, 60s));
}

std::string take(TcpStream& stream, std::size_t size) {
  std::string text(size, '\0');
  or_raise(stream.read_exact(text, 60s));
  return text;
}

std::string take_rest(TcpStream& stream) {
  std::string text;
  or_raise(stream.read_to_end(text, std::numeric_limits<std::size_t>::max(), 60s));
  return text;
}

}  // namespace mtcp::test
