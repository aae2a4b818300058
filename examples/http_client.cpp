// An HTTP client: gets one page and prints it, within ten seconds in all.
//
//   http_client http://HOST[:PORT][/PATH]
//
// What it shows
//   - One Deadline for the whole conversation: looking up the host, trying its addresses, sending,
//     reading.
//   - read_all() with a predicate, first for the head, then for the body; what was read beyond the
//     head is the beginning of the body. Every limit is the caller's.
//   - Ctrl+C ends it at any point.
//
// The exit status is 0 if the answer came completely and was no error (4xx, 5xx), otherwise 1.
//
// What to try
//   http_server &
//   http_client http://127.0.0.1:8080/       and http://localhost:8080/nothing-here
//   nc -l -p 8081 &                          a server that never answers
//   http_client http://127.0.0.1:8081/       ends after ten seconds, or by Ctrl+C
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <mtcp/mtcp.hpp>

#include "http.hpp"

namespace {

using namespace std::chrono_literals;

constexpr auto total_time = 10s;
constexpr std::size_t head_limit = 64 << 10;
constexpr std::size_t line_limit = 4 << 10;  // of the line before a chunk
constexpr std::size_t body_limit = 1 << 20;

struct Url {
  std::string host;       // a name, or an address without brackets
  std::string authority;  // as the Host field wants it
  std::uint16_t port = 80;
  std::string target;
};

/// Nothing if it is no URL that this program understands.
std::optional<Url> parse_url(std::string_view text) {
  if (!text.starts_with("http://")) return std::nullopt;
  text.remove_prefix(7);
  text = text.substr(0, text.find('#'));
  if (text.find_first_of(" \t\r\n") != text.npos) return std::nullopt;
  Url url;
  auto authority = text.substr(0, text.find_first_of("/?"));
  url.authority = authority;
  url.target = text.substr(authority.size());
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  if (authority.starts_with('[') && authority.find(']') != authority.npos) {
    authority.remove_prefix(1);
    url.host = http::take_until(authority, "]");
  } else {
    url.host = authority.substr(0, authority.find(':'));
    authority.remove_prefix(url.host.size());
  }
  if (authority.starts_with(':')) {
    const auto port = http::to_number(authority.substr(1));
    if (!port || *port < 1 || *port > 65535) return std::nullopt;
    url.port = static_cast<std::uint16_t>(*port);
  } else if (!authority.empty()) {
    return std::nullopt;
  }
  if (url.host.empty() || url.host.find('@') != url.host.npos) return std::nullopt;
  return url;
}

/// What the head of an answer says.
struct Head {
  std::string status_line;
  std::size_t status = 0;
  bool chunked = false;
  std::optional<std::size_t> content_length = std::nullopt;

  bool interim() const { return status < 200; }
  bool has_body() const { return status != 204 && status != 304; }
};

void read_field(std::string_view line, Head& head) {
  const auto field = http::parse_field(line);
  if (!field) throw std::runtime_error("the answer has a malformed header field");
  if (http::same_ignoring_case(field->name, "Transfer-Encoding")) {
    if (!http::same_ignoring_case(field->value, "chunked") || head.chunked)
      throw std::runtime_error("the answer has an unknown transfer coding");
    head.chunked = true;
  }
  if (http::same_ignoring_case(field->name, "Content-Length")) {
    const auto length = http::to_number(field->value);
    if (!length || head.content_length.value_or(*length) != *length)
      throw std::runtime_error("the answer has a malformed Content-Length");
    head.content_length = length;
  }
}

Head parse_head(std::string_view text) {
  Head head;
  head.status_line = http::take_until(text, "\r\n");
  const auto line = std::string_view(head.status_line);
  const auto status = line.size() < 12 ? std::nullopt : http::to_number(line.substr(9, 3));
  if (!line.starts_with("HTTP/1.") || !status || *status < 100)
    throw std::runtime_error("the answer is not HTTP/1.1");
  head.status = *status;
  while (!text.starts_with("\r\n")) read_field(http::take_until(text, "\r\n"), head);
  return head;
}

/// Reads one answer from a stream, all of it within one deadline.
class Answer {
 public:
  Answer(mtcp::TcpStream& stream, mtcp::Deadline deadline) : stream_(stream), deadline_(deadline) {}

  Head read_head() {
    for (;;) {
      const mtcp::ReadAll options{.timeout = deadline_, .limit = head_limit};
      mtcp::or_raise(stream_.read_all(buffer_, options, http::HeadIsComplete()));
      const auto size = http::head_size(buffer_);
      auto head = parse_head(std::string_view(buffer_).substr(0, size));
      buffer_.erase(0, size);
      if (!head.interim()) return head;
    }
  }

  std::string read_body(const Head& head) {
    if (!head.has_body()) return {};
    if (head.chunked) return read_chunks();
    if (head.content_length) return take(*head.content_length);
    mtcp::or_raise(stream_.read_to_end(buffer_, body_limit, deadline_));
    return std::move(buffer_);
  }

 private:
  std::string read_chunks() {
    std::string body;
    for (;;) {
      const auto line = take_line();  // the size, perhaps an extension
      const auto size = http::to_number(line.substr(0, line.find_first_of("; \t")), 16);
      if (!size) throw std::runtime_error("the answer has a malformed chunk");
      if (*size == 0) break;
      if (*size > body_limit - body.size()) throw std::runtime_error("the answer is too long");
      body += take(*size);
      if (!take_line().empty()) throw std::runtime_error("the answer has a malformed chunk");
    }
    while (!take_line().empty()) continue;  // fields that come after the last chunk
    return body;
  }

  std::string take_line() {
    const auto complete = [](std::string_view seen) { return seen.find("\r\n") != seen.npos; };
    const mtcp::ReadAll options{.timeout = deadline_, .limit = line_limit};
    mtcp::or_raise(stream_.read_all(buffer_, options, complete));
    auto line = take(buffer_.find("\r\n"));
    buffer_.erase(0, 2);
    return line;
  }

  std::string take(std::size_t size) {
    if (size > body_limit) throw std::runtime_error("the answer is too long");
    const auto complete = [size](std::string_view seen) { return seen.size() >= size; };
    const mtcp::ReadAll options{.timeout = deadline_, .chunk = 64 << 10, .limit = size};
    if (buffer_.size() < size) mtcp::or_raise(stream_.read_all(buffer_, options, complete));
    auto taken = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return taken;
  }

  mtcp::TcpStream& stream_;
  mtcp::Deadline deadline_;
  std::string buffer_;  // what was read and not taken yet
};

/// The exit status of the program.
int get(const Url& url) {
  const mtcp::Deadline deadline = total_time;
  const auto manager = mtcp::or_raise(mtcp::TcpManager::create());
  const auto ctrl_c = mtcp::or_raise(mtcp::CancelOnSignal::install(manager.canceller()));
  auto stream = mtcp::or_raise(mtcp::TcpStream::connect(manager, url.host, url.port, deadline));
  const auto request =
      "GET " + url.target + " HTTP/1.1\r\nHost: " + url.authority +
      "\r\nUser-Agent: mtcp-http-client\r\nAccept: */*\r\nConnection: close\r\n\r\n";
  mtcp::or_raise(stream.write_all(request, deadline));
  Answer answer(stream, deadline);
  const auto head = answer.read_head();
  std::cerr << head.status_line << '\n';
  const auto body = answer.read_body(head);
  if (!std::cout.write(body.data(), static_cast<std::streamsize>(body.size())).flush())
    throw std::runtime_error("cannot write to standard output");
  return head.status < 400 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try {
  const auto url = argc == 2 ? parse_url(argv[1]) : std::nullopt;
  if (url) return get(*url);
  std::cerr
      << "usage: http_client http://HOST[:PORT][/PATH], as http_client http://127.0.0.1:8080/\n";
  return 2;
} catch (const std::exception& error) {
  std::cerr << "http_client: " << error.what() << '\n';
  return 1;
}
