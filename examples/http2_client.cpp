// An HTTP/2 client: nghttp2, which asks its user to move bytes, over a stream with a deadline.
//
//   http2_client HOST PORT PATH...     as http2_client localhost 8080 / /a /b
//
// Asks for all paths at once on one connection, without TLS ("prior knowledge", RFC 9113, 3.3), and
// prints the status and the length of each answer as it comes.
//
// What it shows
//   - How a library that has callbacks for its transport runs over mtcp: they are called from C and
//     must not throw, so the error is kept and raised when the library has returned.
//   - One Deadline for the whole conversation, which every callback uses.
//   - Ctrl+C ends whatever it waits for.
//
// What to try
//   nghttpd --no-tls 8080 in another terminal, in a folder with files; then this program.
//   The same against an HTTP/1.1 server: nghttp2 tells that what it hears is no HTTP/2.
#include <array>
#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <map>
#include <memory>
#include <nghttp2/nghttp2.h>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <mtcp/mtcp.hpp>

namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

constexpr auto conversation_time = 30s;

/// One connection to an HTTP/2 server.
class Http2 {
 public:
  Http2(mtcp::TcpStream stream, std::string authority, mtcp::Deadline deadline)
      : stream_(std::move(stream)), authority_(std::move(authority)), deadline_(deadline) {
    nghttp2_session_callbacks* made = nullptr;
    check(nghttp2_session_callbacks_new(&made));
    const std::unique_ptr<nghttp2_session_callbacks, decltype(&nghttp2_session_callbacks_del)>
        callbacks(made, nghttp2_session_callbacks_del);
    nghttp2_session_callbacks_set_send_callback(made, on_send);
    nghttp2_session_callbacks_set_recv_callback(made, on_receive);
    nghttp2_session_callbacks_set_on_header_callback(made, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(made, on_close);
    nghttp2_session* session = nullptr;
    check(nghttp2_session_client_new(&session, made, this));
    session_.reset(session);
    check(nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, nullptr, 0));
  }

  void request(const std::string& path) {
    const std::array fields = {field(":method"sv, "GET"sv), field(":scheme"sv, "http"sv),
                               field(":authority"sv, authority_), field(":path"sv, path)};
    const auto id = nghttp2_submit_request(session_.get(), nullptr, fields.data(), fields.size(),
                                           nullptr, nullptr);
    check(id);
    answers_[id].path = path;
  }

  /// Until every request has its answer.
  void converse() {
    while (!answers_.empty()) {
      check(nghttp2_session_send(session_.get()));
      received_ = false;
      check(nghttp2_session_recv(session_.get()));
    }
    check(nghttp2_session_terminate_session(session_.get(), NGHTTP2_NO_ERROR));
    check(nghttp2_session_send(session_.get()));
  }

 private:
  struct Answer {
    std::string path;
    std::string status = "none";
    std::size_t length = 0;
  };

  static nghttp2_nv field(std::string_view name, std::string_view value) {
    const auto bytes = [](std::string_view text) {  // nghttp2 copies them
      return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    };
    return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
  }

  static Http2& self(void* user) { return *static_cast<Http2*>(user); }

  static ssize_t on_send(nghttp2_session*, const std::uint8_t* data, std::size_t size, int,
                         void* user) {
    auto sent = self(user).stream_.write(std::span(data, size), self(user).deadline_);
    return self(user).told(std::move(sent));
  }

  /// Waits once for each nghttp2_session_recv(), and then takes what is there already.
  static ssize_t on_receive(nghttp2_session*, std::uint8_t* data, std::size_t size, int,
                            void* user) {
    Http2& http = self(user);
    if (std::exchange(http.received_, true) && http.stream_.available() == 0)
      return NGHTTP2_ERR_WOULDBLOCK;
    auto count = http.stream_.read(std::span(data, size), http.deadline_);
    if (count && *count == 0) return NGHTTP2_ERR_EOF;
    return http.told(std::move(count));
  }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                       std::uint8_t, void* user) {
    const auto text = [](const std::uint8_t* bytes, std::size_t size) {
      return std::string_view(reinterpret_cast<const char*>(bytes), size);
    };
    if (text(name, name_size) != ":status"sv) return 0;
    self(user).answers_[frame->hd.stream_id].status = text(value, value_size);
    return 0;
  }

  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t*,
                     std::size_t size, void* user) {
    self(user).answers_[id].length += size;
    return 0;
  }

  static int on_close(nghttp2_session*, std::int32_t id, std::uint32_t, void* user) {
    const auto ended = self(user).answers_.extract(id);
    if (ended.empty()) return 0;
    const Answer& answer = ended.mapped();
    std::cout << answer.status << ' ' << answer.length << ' ' << answer.path << std::endl;
    return 0;
  }

  /// What nghttp2 is to know of a read or a write.
  ssize_t told(mtcp::Result<std::size_t> moved) {
    if (moved) return static_cast<ssize_t>(*moved);
    error_.emplace(moved.error());
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }

  /// Raises what went wrong below nghttp2, or else in it.
  void check(int result) const {
    if (error_) error_->raise();
    if (result < 0) throw std::runtime_error(nghttp2_strerror(result));
  }

  mtcp::TcpStream stream_;
  std::string authority_;
  mtcp::Deadline deadline_;
  std::unique_ptr<nghttp2_session, decltype(&nghttp2_session_del)> session_{nullptr,
                                                                            nghttp2_session_del};
  std::map<std::int32_t, Answer> answers_;  // that are still to come
  std::optional<mtcp::TcpError> error_;
  bool received_ = false;
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4) {
    std::cerr << "usage: http2_client HOST PORT PATH...\n";
    return 2;
  }
  const auto manager = mtcp::or_raise(mtcp::TcpManager::create());
  const auto ctrl_c = mtcp::or_raise(mtcp::CancelOnSignal::install(manager.canceller()));
  const mtcp::Deadline deadline = conversation_time;
  const auto port = static_cast<std::uint16_t>(std::stoul(argv[2]));
  Http2 http(mtcp::or_raise(mtcp::TcpStream::connect(manager, argv[1], port, deadline)), argv[1],
             deadline);
  for (char** path = argv + 3; *path; ++path) http.request(*path);
  http.converse();
  return 0;
} catch (const std::exception& error) {
  std::cerr << "http2_client: " << error.what() << '\n';
  return 1;
}
