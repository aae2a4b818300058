#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>

#include <mtcp/basic_asio_stream.hpp>
#include <mtcp/tcp_stream.hpp>

namespace mtcp {

namespace detail {

/// A category of the standard library under Boost's interface.
class StandardCategory final : public boost::system::error_category {
 public:
  /// The one for `category`; lives for ever, as categories do.
  static const boost::system::error_category& of(const std::error_category& category) {
    static std::mutex mutex;
    static auto& known = *new std::map<const std::error_category*, const StandardCategory*>;
    const std::lock_guard lock(mutex);
    const StandardCategory*& found = known[&category];
    if (!found) found = new StandardCategory(category);
    return *found;
  }

  const char* name() const noexcept override { return category_.name(); }
  std::string message(int value) const override { return category_.message(value); }
  boost::system::error_condition default_error_condition(int value) const noexcept override {
    const auto condition = category_.default_error_condition(value);
    if (condition.category() == std::generic_category())
      return {condition.value(), boost::system::generic_category()};
    return {value, *this};
  }

 private:
  explicit StandardCategory(const std::error_category& category) : category_(category) {}

  const std::error_category& category_;
};

/// Boost.Asio.
struct BoostAsio {
  using executor_type = boost::asio::io_context::executor_type;
  using mutable_buffer = boost::asio::mutable_buffer;
  using const_buffer = boost::asio::const_buffer;
  using error_code = boost::system::error_code;
  using system_error = boost::system::system_error;

  static executor_type executor() {
    // Never destroyed, since streams may outlive whatever is destroyed at the end of a program.
    static auto& context = *new boost::asio::io_context;
    return context.get_executor();
  }
  template <class Buffers>
  static auto begin(const Buffers& buffers) {
    return boost::asio::buffer_sequence_begin(buffers);
  }
  template <class Buffers>
  static auto end(const Buffers& buffers) {
    return boost::asio::buffer_sequence_end(buffers);
  }
  static error_code end_of_stream() { return boost::asio::error::eof; }
  static error_code code(const TcpError& error) {
    if (error.cancelled()) return boost::asio::error::operation_aborted;
    if (error.timed_out()) return boost::asio::error::timed_out;
    const std::error_code code = error.code();
    if (is_of_the_system(code)) return {code.value(), boost::system::system_category()};
    if (code.category() == std::generic_category())
      return {code.value(), boost::system::generic_category()};
    return {code.value(), StandardCategory::of(code.category())};
  }
};

}  // namespace detail

/// A Stream for Boost.Asio; whose functions time out as Asio's users expect, by
/// asio::error::timed_out.
template <Stream S = TcpStream>
using AsioStream = BasicAsioStream<detail::BoostAsio, S>;

/// How a WebSocket of Beast ends the connection below it, which Beast asks of a stream: the server
/// first, and all that still comes is dropped, until the end or the deadline. Errors: as
/// read_some(), but for the end of the stream. Any thread that may use the stream.
template <class Library, Stream S>
  requires std::same_as<typename Library::error_code, boost::system::error_code>
void teardown(boost::beast::role_type role, BasicAsioStream<Library, S>& stream,
              boost::system::error_code& error) {
  const auto end = [&] {
    if (const auto done = stream.stream().shutdown(Shutdown::Write); !done)
      error = Library::code(done.error());
  };
  error = {};
  if (role == boost::beast::role_type::server) end();
  std::array<std::byte, 2048> dropped;
  while (!error) stream.read_some(boost::asio::buffer(dropped), error);
  if (error != Library::end_of_stream()) return;
  error = {};
  if (role == boost::beast::role_type::client) end();
}

/// What beast::close_socket() does with such a stream: ends both halves of the connection. The
/// stream's destructor closes it. Never fails.
template <class Library, Stream S>
void beast_close_socket(BasicAsioStream<Library, S>& stream) {
  static_cast<void>(stream.stream().shutdown(Shutdown::Both));
}

}  // namespace mtcp
