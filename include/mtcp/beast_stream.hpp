#pragma once

#include <boost/beast/core/error.hpp>

#include <mtcp/asio_stream.hpp>

namespace mtcp {

namespace detail {

/// Boost.Asio as Beast uses it.
struct Beast : BoostAsio {
  static error_code code(const TcpError& error) {
    return error.timed_out() ? error_code(boost::beast::error::timeout) : BoostAsio::code(error);
  }
};

}  // namespace detail

/// A Stream for Boost.Beast; whose functions time out as Beast's users expect, by
/// beast::error::timeout. In all else an AsioStream.
template <Stream S = TcpStream>
using BeastStream = BasicAsioStream<detail::Beast, S>;

}  // namespace mtcp
