#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <thread>

#include <mtcp/mtcp.hpp>

namespace mtcp::test {

/// The other end of a connection, kept busy by a thread of its own as long as this lives.
class BusyPeer {
 public:
  /// What the thread does again and again; it ends when this says false.
  using Step = std::function<bool(const TcpManager&, TcpStream&)>;

  BusyPeer(TcpStream stream, Step step);
  BusyPeer(const BusyPeer&) = delete;
  BusyPeer& operator=(const BusyPeer&) = delete;
  ~BusyPeer();

  /// Ends the thread and gives the stream back, tied to a manager that is not cancelled.
  TcpStream stop();

 private:
  TcpManager manager_;
  TcpStream stream_;
  std::jthread thread_;
};

/// Sends one byte, then pauses.
BusyPeer::Step trickle(std::chrono::nanoseconds pause);
/// Sends as much as the kernel takes.
BusyPeer::Step flood();
/// Receives as much as there is.
BusyPeer::Step drain();
/// Receives at most `size` bytes, then pauses.
BusyPeer::Step sip(std::size_t size, std::chrono::nanoseconds pause);

}  // namespace mtcp::test
