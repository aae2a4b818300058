#pragma once

#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <system_error>

#include <mtcp/basic_asio_stream.hpp>
#include <mtcp/tcp_stream.hpp>

namespace mtcp {

namespace detail {

/// The Asio that needs no Boost; its errors are those of the standard library.
struct StandaloneAsio {
  using executor_type = asio::io_context::executor_type;
  using mutable_buffer = asio::mutable_buffer;
  using const_buffer = asio::const_buffer;
  using error_code = std::error_code;
  using system_error = std::system_error;

  static executor_type executor() {
    // Never destroyed, since streams may outlive whatever is destroyed at the end of a program.
    static auto& context = *new asio::io_context;
    return context.get_executor();
  }
  template <class Buffers>
  static auto begin(const Buffers& buffers) {
    return asio::buffer_sequence_begin(buffers);
  }
  template <class Buffers>
  static auto end(const Buffers& buffers) {
    return asio::buffer_sequence_end(buffers);
  }
  static error_code end_of_stream() { return asio::error::eof; }
  static error_code code(const TcpError& error) {
    if (error.cancelled()) return asio::error::operation_aborted;
    if (error.timed_out()) return asio::error::timed_out;
    const std::error_code code = error.code();
    if (!is_of_the_system(code)) return code;
    return {code.value(), asio::error::get_system_category()};  // Asio has one of its own
  }
};

}  // namespace detail

/// A Stream for the Asio that needs no Boost; whose functions time out as Asio's users expect, by
/// asio::error::timed_out.
template <Stream S = TcpStream>
using StandaloneAsioStream = BasicAsioStream<detail::StandaloneAsio, S>;

}  // namespace mtcp
