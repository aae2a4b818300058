// RESP, the protocol of Redis, version 2, as redis_client needs it. Source: the Redis serialization
// protocol specification, https://redis.io/docs/latest/develop/reference/protocol-spec/
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <mtcp/mtcp.hpp>

namespace resp {

/// What a server answers to one command.
struct Reply {
  enum class Kind { Simple, Error, Integer, Bulk, Nil, Array };

  Kind kind = Kind::Nil;
  std::string text = {};  // Simple, Error, Bulk
  std::int64_t integer = 0;
  std::vector<Reply> elements = {};  // Array

  friend bool operator==(const Reply&, const Reply&) = default;
};

/// What came is no reply, or none that is wanted: the connection is of no use any more.
class ProtocolError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Where a server cannot be trusted, these bound what one reply may cost.
struct Limits {
  std::size_t line = 64 << 10;    // of a simple string or an error
  std::size_t memory = 64 << 20;  // of the whole reply
  std::size_t depth = 32;         // of arrays within arrays
};

/// Appends a command, its name and its arguments, as a server reads it.
inline void append_command(std::string& out, std::span<const std::string> words) {
  out += '*' + std::to_string(words.size()) + "\r\n";
  for (const auto& word : words) out += '$' + std::to_string(word.size()) + "\r\n" + word + "\r\n";
}

/// Reads replies one after the other.
///
/// A reply has no length in front, so it cannot be left in the reader's buffer until it is there as
/// a whole. Instead each step takes one line or one bulk string, which TcpReader does as a whole or
/// not at all, and what has been taken is kept here. So read() goes on after a timeout where it
/// stopped, be that in the midst of an array within an array, and looks at each byte only once.
class ReplyReader {
 public:
  template <mtcp::Stream S>
  explicit ReplyReader(S& stream, Limits limits = {}) : reader_(stream), limits_(limits) {}

  /// The next reply. After TimedOut or Cancelled the same call again goes on with it. Other errors,
  /// and ProtocolError, which is thrown, are final.
  mtcp::Result<Reply> read(mtcp::Deadline deadline) {
    for (;;) {
      auto part = bulk_ ? read_bulk(deadline) : read_head(deadline);
      if (!part) return std::unexpected(part.error());
      if (!*part) continue;
      if (auto whole = place(std::move(**part))) {
        used_ = 0;
        return std::move(*whole);
      }
    }
  }

  /// Whether a reply has been begun and not completed.
  bool is_within_reply() const noexcept {
    return bulk_ || !arrays_.empty() || !reader_.buffered().empty();
  }

 private:
  using Part = std::optional<Reply>;  // nothing: that was only the beginning of one

  struct UnfinishedArray {
    Reply reply;
    std::size_t missing;
  };

  /// The line that each reply begins with, and that most consist of.
  mtcp::Result<Part> read_head(mtcp::Deadline deadline) {
    const auto line = reader_.read_line(limits_.line, deadline);
    if (!line) return std::unexpected(line.error());
    if (!*line) throw ProtocolError("the server has ended the connection");
    if ((*line)->empty()) throw ProtocolError("an empty line is no reply");
    const char type = (*line)->front();
    const std::string_view rest = (*line)->substr(1);
    spend(sizeof(Reply) + rest.size());
    switch (type) {
      case '+':
        return Reply{.kind = Reply::Kind::Simple, .text = std::string(rest)};
      case '-':
        return Reply{.kind = Reply::Kind::Error, .text = std::string(rest)};
      case ':':
        return Reply{.kind = Reply::Kind::Integer, .integer = to_number(rest)};
      case '$':
        return begin_bulk(to_number(rest));
      case '*':
        return begin_array(to_number(rest));
      default:
        throw ProtocolError("a reply of an unknown type");
    }
  }

  Part begin_bulk(std::int64_t size) {
    if (size == -1) return Reply{.kind = Reply::Kind::Nil};
    if (size < 0) throw ProtocolError("a length that is none");
    spend(static_cast<std::size_t>(size));
    bulk_ = static_cast<std::size_t>(size);
    return std::nullopt;
  }

  mtcp::Result<Part> read_bulk(mtcp::Deadline deadline) {
    const auto bytes = reader_.read_exact(*bulk_ + 2, deadline);
    if (!bytes) return std::unexpected(bytes.error());
    const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    if (!text.ends_with("\r\n")) throw ProtocolError("a bulk string without its end");
    bulk_.reset();
    return Reply{.kind = Reply::Kind::Bulk, .text = std::string(text.substr(0, text.size() - 2))};
  }

  Part begin_array(std::int64_t size) {
    if (size == -1) return Reply{.kind = Reply::Kind::Nil};
    if (size == 0) return Reply{.kind = Reply::Kind::Array};
    if (size < 0) throw ProtocolError("a length that is none");
    if (std::cmp_greater(size, limits_.memory / sizeof(Reply)))
      throw ProtocolError("a reply that is too big");
    if (arrays_.size() == limits_.depth) throw ProtocolError("arrays that are nested too deep");
    arrays_.push_back({{.kind = Reply::Kind::Array}, static_cast<std::size_t>(size)});
    return std::nullopt;
  }

  /// Where a part belongs; returns the whole reply if it was the last one missing.
  Part place(Reply part) {
    while (!arrays_.empty()) {
      auto& array = arrays_.back();
      array.reply.elements.push_back(std::move(part));
      if (--array.missing > 0) return std::nullopt;
      part = std::move(array.reply);
      arrays_.pop_back();
    }
    return part;
  }

  /// Before memory is taken, not after.
  void spend(std::size_t size) {
    if (size > limits_.memory - used_) throw ProtocolError("a reply that is too big");
    used_ += size;
  }

  static std::int64_t to_number(std::string_view text) {
    std::int64_t number = 0;
    const char* const begin = text.data();
    const auto [end, error] = std::from_chars(begin, begin + text.size(), number);
    if (error != std::errc() || end != begin + text.size())
      throw ProtocolError("a number that is none");
    return number;
  }

  mtcp::TcpReader reader_;
  Limits limits_;
  std::optional<std::size_t> bulk_;      // the size of a bulk string that is to come
  std::vector<UnfinishedArray> arrays_;  // from the outermost on
  std::size_t used_ = 0;
};

}  // namespace resp
