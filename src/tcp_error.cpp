#include <algorithm>
#include <stdexcept>

#include <mtcp/tcp_error.hpp>

#include "error_detail.hpp"
#include "internals.hpp"
#include "sys/error.hpp"

namespace mtcp {

namespace {

class TcpCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "mtcp"; }

  std::string message(int value) const override {
    switch (kind(value)) {
      case TcpError::Kind::Cancelled:
        return "cancelled";
      case TcpError::Kind::TimedOut:
        return "timed out";
      case TcpError::Kind::Incomplete:
        return "the stream ended before all was read";
      case TcpError::Kind::TooBig:
        return "the data exceeds the limit";
      case TcpError::Kind::Failed:
        break;
    }
    return "failed";
  }

  std::error_condition default_error_condition(int value) const noexcept override {
    switch (kind(value)) {
      case TcpError::Kind::Cancelled:
        return std::errc::operation_canceled;
      case TcpError::Kind::TimedOut:
        return std::errc::timed_out;
      case TcpError::Kind::TooBig:
        return std::errc::message_size;
      default:
        return {value, *this};
    }
  }

  static std::error_code code(TcpError::Kind kind) noexcept {
    return {static_cast<int>(kind) + 1, tcp_category()};
  }

 private:
  static TcpError::Kind kind(int value) noexcept { return static_cast<TcpError::Kind>(value - 1); }
};

constinit const TcpCategory category;

/// A std::system_error appends the code's text to what it is given, which message() ends with
/// already.
class Raised final : public std::system_error {
 public:
  explicit Raised(const TcpError& error)
      : std::system_error(error.code()), text_(error.message()) {}

  const char* what() const noexcept override { return text_.what(); }

 private:
  std::runtime_error text_;  // a string whose copies cannot fail
};

}  // namespace

const std::error_category& tcp_category() noexcept {
  return category;
}

const std::error_category& TcpError::system_category() noexcept {
  return sys::error_category();
}

std::string TcpError::message() const {
  std::string text = operation_;
  if (subject_[0] != '\0') {
    if (link_[0] != '\0') text.append(" ").append(link_);
    text.append(" ").append(subject_.data());
  }
  text.append(": ").append(reason_ ? std::string(reason_) : code_.message());
  if (transferred_ != 0)
    text.append(" after ")
        .append(std::to_string(transferred_))
        .append(transferred_ == 1 ? " byte" : " bytes");
  if (detail_) text.append(detail_->text());
  return text;
}

void TcpError::raise() const {
  throw Raised(*this);
}

namespace detail {

TcpError Internals::error(TcpError::Kind kind, OperationName operation, const Subject& subject,
                          std::size_t transferred) noexcept {
  TcpError error = failure(TcpCategory::code(kind), operation, subject, nullptr, transferred);
  error.kind_ = kind;
  return error;
}

TcpError Internals::failure(std::error_code code, OperationName operation, const Subject& subject,
                            const char* reason, std::size_t transferred) noexcept {
  static_assert(Subject::capacity == TcpError::subject_capacity);
  static_assert(std::is_nothrow_copy_constructible_v<TcpError>);
  TcpError error;
  error.code_ = code;
  error.transferred_ = transferred;
  error.operation_ = operation.verb;
  error.link_ = operation.link;
  error.reason_ = reason;
  std::copy_n(subject.text(), Subject::capacity, error.subject_.begin());
  return error;
}

TcpError Internals::renamed(TcpError error, OperationName operation,
                            std::size_t transferred) noexcept {
  error.operation_ = operation.verb;
  error.link_ = operation.link;
  error.transferred_ = transferred;
  return error;
}

TcpError Internals::with_detail(TcpError error,
                                std::shared_ptr<const ErrorDetail> detail) noexcept {
  error.detail_ = std::move(detail);
  return error;
}

}  // namespace detail

}  // namespace mtcp
