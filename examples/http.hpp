// The part of HTTP/1.1 that http_server and http_client need: text in, values out. Nothing here
// knows about connections. Source: RFC 9110, RFC 9112.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace http {

inline char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline bool same_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

inline std::string_view trim(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

/// What stands before `separator`; both go from `text`. Without a separator it is all of it.
inline std::string_view take_until(std::string_view& text, std::string_view separator) {
  const auto taken = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(text.size(), taken.size() + separator.size()));
  return taken;
}

/// Whether `list`, as "keep-alive, upgrade", names `token`.
inline bool has_token(std::string_view list, std::string_view token) {
  while (!list.empty())
    if (same_ignoring_case(trim(take_until(list, ",")), token)) return true;
  return false;
}

/// All of `text` as a number without a sign; nothing if it is none, or too big.
inline std::optional<std::size_t> to_number(std::string_view text, int base = 10) {
  std::size_t number = 0;
  const char* const all = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), all, number, base);
  if (error != std::errc() || end != all) return std::nullopt;
  return number;
}

/// The size of the head at the front of `text`, its empty line included; 0 while it is incomplete.
inline std::size_t head_size(std::string_view text) {
  const auto end = text.find("\r\n\r\n");
  return end == text.npos ? 0 : end + 4;
}

/// Whether the head is complete, for TcpStream::read_all(). Looks at every byte only once, so that
/// a peer that trickles a long head does not cost more than its bytes.
class HeadIsComplete {
 public:
  bool operator()(std::string_view seen) {
    const auto found = seen.find("\r\n\r\n", searched_);
    searched_ = seen.size() < 3 ? 0 : seen.size() - 3;
    return found != seen.npos;
  }

 private:
  std::size_t searched_ = 0;
};

/// A header field, "Name: value".
struct Field {
  std::string_view name;
  std::string_view value;
};

/// Nothing if `line` is no header field; the folded lines of old are none.
inline std::optional<Field> parse_field(std::string_view line) {
  const auto control = [](char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
  };
  const auto colon = line.find(':');
  if (colon == 0 || colon == line.npos || std::ranges::any_of(line, control)) return std::nullopt;
  const Field field{line.substr(0, colon), trim(line.substr(colon + 1))};
  if (field.name.find_first_of(" \t") != field.name.npos) return std::nullopt;
  return field;
}

enum class Status {
  Ok = 200,
  BadRequest = 400,
  NotFound = 404,
  MethodNotAllowed = 405,
  RequestTimeout = 408,
  ContentTooLarge = 413,
  HeadTooLarge = 431,
  NotImplemented = 501,
  VersionNotSupported = 505
};

inline std::string_view to_text(Status status) {
  switch (status) {
    case Status::Ok:
      return "200 OK";
    case Status::BadRequest:
      return "400 Bad Request";
    case Status::NotFound:
      return "404 Not Found";
    case Status::MethodNotAllowed:
      return "405 Method Not Allowed";
    case Status::RequestTimeout:
      return "408 Request Timeout";
    case Status::ContentTooLarge:
      return "413 Content Too Large";
    case Status::HeadTooLarge:
      return "431 Request Header Fields Too Large";
    case Status::NotImplemented:
      return "501 Not Implemented";
    case Status::VersionNotSupported:
      return "505 HTTP Version Not Supported";
  }
  return "500 Internal Server Error";
}

/// The head of a request, or what is wrong with it.
struct Request {
  Status status = Status::Ok;  // anything else: answer that, and believe nothing below
  std::string method = "-";
  std::string target = "-";
  int minor_version = 1;
  bool keep_alive = false;
  bool expects_continue = false;
  int hosts = 0;
  std::optional<std::size_t> content_length = std::nullopt;
};

namespace detail {

inline Status read_request_line(std::string_view line, Request& request) {
  const auto visible = [](char c) { return c > ' ' && c < '\x7f'; };
  const auto method = take_until(line, " ");
  const auto target = take_until(line, " ");
  if (method.empty() || !std::ranges::all_of(method, visible)) return Status::BadRequest;
  if (target.empty() || !std::ranges::all_of(target, visible)) return Status::BadRequest;
  if (!line.starts_with("HTTP/") || line.size() != 8) return Status::BadRequest;
  if (line != "HTTP/1.1" && line != "HTTP/1.0") return Status::VersionNotSupported;
  request.method = method;
  request.target = target;
  request.minor_version = line.back() - '0';
  request.keep_alive = request.minor_version == 1;
  return Status::Ok;
}

inline Status read_field(std::string_view line, Request& request) {
  const auto field = parse_field(line);
  if (!field) return Status::BadRequest;
  if (same_ignoring_case(field->name, "Transfer-Encoding")) return Status::NotImplemented;
  if (same_ignoring_case(field->name, "Host")) ++request.hosts;
  if (same_ignoring_case(field->name, "Expect"))
    request.expects_continue = has_token(field->value, "100-continue");
  if (same_ignoring_case(field->name, "Connection")) {
    if (has_token(field->value, "close"))
      request.keep_alive = false;
    else if (has_token(field->value, "keep-alive"))
      request.keep_alive = true;
  }
  if (same_ignoring_case(field->name, "Content-Length")) {
    const auto length = to_number(field->value);
    if (!length || request.content_length) return Status::BadRequest;
    request.content_length = length;
  }
  return Status::Ok;
}

}  // namespace detail

/// Reads a complete head. A request must name its host once; one of HTTP/1.0 may leave it out.
inline Request parse_request(std::string_view head) {
  Request request;
  while (head.starts_with("\r\n")) head.remove_prefix(2);
  request.status = detail::read_request_line(take_until(head, "\r\n"), request);
  for (auto line = take_until(head, "\r\n"); request.status == Status::Ok && !line.empty();
       line = take_until(head, "\r\n"))
    request.status = detail::read_field(line, request);
  const bool hosts_fit = request.hosts <= 1 && request.hosts >= request.minor_version;
  if (request.status == Status::Ok && !hosts_fit) request.status = Status::BadRequest;
  return request;
}

/// The path in a request's target: "/a" in "/a?b", and also in "http://host/a".
inline std::string_view path_of(std::string_view target) {
  target = target.substr(0, target.find('?'));
  if (target.starts_with('/')) return target;
  const auto scheme = target.find("://");
  if (scheme == target.npos) return target;
  const auto path = target.find('/', scheme + 3);
  return path == target.npos ? "/" : target.substr(path);
}

/// The time as the Date field wants it: "Sun, 06 Nov 1994 08:49:37 GMT".
inline std::string date(std::chrono::system_clock::time_point now) {
  using namespace std::chrono;
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = floor<std::chrono::days>(now);
  const year_month_day ymd(day);
  const hh_mm_ss time(floor<seconds>(now - day));
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), "%s, %02u %s %d %02d:%02d:%02d GMT",
                days[weekday(day).c_encoding()], unsigned(ymd.day()),
                months[unsigned(ymd.month()) - 1], int(ymd.year()), int(time.hours().count()),
                int(time.minutes().count()), int(time.seconds().count()));
  return text.data();
}

}  // namespace http
