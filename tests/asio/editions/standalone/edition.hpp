#pragma once

#include <asio.hpp>
#include <system_error>

#include <mtcp/standalone_asio_stream.hpp>

/// Whose Asio it is.
namespace edition {

namespace asio = ::asio;
using error_code = std::error_code;
using system_error = std::system_error;

template <mtcp::Stream S = mtcp::TcpStream>
using Stream = mtcp::StandaloneAsioStream<S>;

}  // namespace edition
