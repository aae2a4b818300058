#pragma once

#include <boost/asio.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>  // which some headers of Boost.Asio 1.74 need, but do not include

/// What the systems over Boost.Asio share.
namespace bench {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

inline tcp::endpoint loopback(std::uint16_t port) {
  return {asio::ip::address_v4::loopback(), port};
}

inline asio::mutable_buffer as_buffer(std::span<std::byte> bytes) {
  return {bytes.data(), bytes.size()};
}

inline asio::const_buffer as_buffer(std::span<const std::byte> bytes) {
  return {bytes.data(), bytes.size()};
}

inline void check(const error_code& error) {
  if (error) throw boost::system::system_error(error);
}

/// Bytes that were read; the end of the stream is none.
inline std::size_t size_or_end(const error_code& error, std::size_t size) {
  if (error == asio::error::eof) return 0;
  check(error);
  return size;
}

}  // namespace bench
