// An echo client: sends what it reads from standard input and prints what comes back.
//
//   echo_client [ADDRESS]     default: 127.0.0.1:7777
//
// What it shows
//   - wait_readable() waits for a descriptor that is not mtcp's, here standard input, so that
//     Ctrl+C ends this wait like any other.
//   - One Deadline for a round trip: what the write leaves of ten seconds is the read's.
//   - shutdown(Shutdown::Write) says that no more will come; then the server ends its half too.
//
// What to try
//   echo_server &
//   echo_client                         type lines; Ctrl+D ends it, Ctrl+C too
//   seq 100000 | echo_client | tail -1
//   nc -l -p 7778 &                     a server that does not answer
//   echo hello | echo_client 127.0.0.1:7778
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <exception>
#include <iostream>
#include <span>
#include <stdexcept>
#include <system_error>
#include <unistd.h>

#include <mtcp/mtcp.hpp>

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 10s;  // to connect, for one round trip, for the farewell

/// What there is on standard input, once there is something; 0 at its end.
std::size_t read_input(const mtcp::TcpManager& manager, std::span<char> buffer) {
  for (;;) {
    mtcp::or_raise(manager.wait_readable(STDIN_FILENO));
    const auto size = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (size >= 0) return static_cast<std::size_t>(size);
    if (errno != EINTR && errno != EAGAIN)
      throw std::system_error(errno, std::system_category(), "cannot read standard input");
  }
}

/// A piece that fits into the socket's buffers at both ends, so it may be sent as a whole before
/// the answer is read.
using Piece = std::array<char, 4096>;

void talk(const mtcp::TcpManager& manager, mtcp::TcpStream& stream) {
  Piece buffer;
  while (const auto size = read_input(manager, buffer)) {
    const auto piece = std::span(buffer).first(size);
    const mtcp::Deadline deadline = patience;
    mtcp::or_raise(stream.write_all(piece, deadline));
    mtcp::or_raise(stream.read_exact(piece, deadline));
    if (!std::cout.write(piece.data(), static_cast<std::streamsize>(piece.size())).flush())
      throw std::runtime_error("cannot write to standard output");
  }
  mtcp::or_raise(stream.shutdown(mtcp::Shutdown::Write));
  if (mtcp::or_raise(stream.read(buffer, patience)) != 0)
    throw std::runtime_error("the server sent more than it was sent");
}

}  // namespace

int main(int argc, char** argv) try {
  const auto address = mtcp::SocketAddr::parse(argc == 2 ? argv[1] : "127.0.0.1:7777");
  if (argc > 2 || !address) {
    std::cerr << "usage: echo_client [ADDRESS], as echo_client 127.0.0.1:7777\n";
    if (!address) std::cerr << address.error().message() << '\n';
    return 2;
  }
  const auto manager = mtcp::or_raise(mtcp::TcpManager::create());
  const auto ctrl_c = mtcp::or_raise(mtcp::CancelOnSignal::install(manager.canceller()));
  auto stream = mtcp::or_raise(mtcp::TcpStream::connect(manager, *address, patience));
  talk(manager, stream);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "echo_client: " << error.what() << '\n';
  return 1;
}
