#pragma once

#include <utility>

#include <mtcp/mtcp.hpp>

namespace proxy {

/// One of the two whom a connection joins, by TCP or by TLS over it.
class Side {
 public:
  Side() = default;
  Side(const Side&) = delete;
  Side& operator=(const Side&) = delete;
  /// Closes it.
  virtual ~Side() = default;

  /// What to read and to write.
  virtual mtcp::StreamRef stream() noexcept = 0;
  /// The connection below, or all there is.
  virtual mtcp::TcpStream& tcp() noexcept = 0;
  virtual bool is_plain() const noexcept = 0;
};

class PlainSide final : public Side {
 public:
  explicit PlainSide(mtcp::TcpStream stream) noexcept : stream_(std::move(stream)) {}

  mtcp::StreamRef stream() noexcept override { return stream_; }
  mtcp::TcpStream& tcp() noexcept override { return stream_; }
  bool is_plain() const noexcept override { return true; }

 private:
  mtcp::TcpStream stream_;
};

}  // namespace proxy
