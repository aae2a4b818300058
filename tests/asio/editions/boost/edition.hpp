#pragma once

#include <boost/asio.hpp>
#include <boost/system/system_error.hpp>

#include <mtcp/asio_stream.hpp>

/// Whose Asio it is.
namespace edition {

namespace asio = boost::asio;
using error_code = boost::system::error_code;
using system_error = boost::system::system_error;

template <mtcp::Stream S = mtcp::TcpStream>
using Stream = mtcp::AsioStream<S>;

}  // namespace edition
