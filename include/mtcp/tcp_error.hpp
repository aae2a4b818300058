#pragma once

#include <array>
#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

namespace mtcp {

namespace detail {
struct Internals;
class ErrorDetail;
}  // namespace detail

/// Why an operation of mtcp did not do what it was asked.
///
/// A small value: making or copying one allocates nothing, so that errors can be reported when
/// memory has run out; only message() and raise() allocate. Every operation that can fail returns
/// a Result, which holds either its value or a TcpError.
///
/// Compares with the standard's portable conditions through its error code:
/// `error == std::errc::connection_refused`.
///
/// Threads: as any value type; const calls may overlap.
class TcpError {
 public:
  /// The five ways to fail. A program seldom needs more than these to decide what to do next.
  enum class Kind {
    /// A canceller was used before the operation completed. Equals std::errc::operation_canceled.
    Cancelled,
    /// The caller's deadline passed first. Equals std::errc::timed_out. The kernel's own ETIMEDOUT
    /// (a peer that stopped acknowledging) is Failed, not TimedOut.
    TimedOut,
    /// The stream ended before all was read.
    Incomplete,
    /// The data would exceed the caller's limit; what was read is in the caller's buffer.
    /// Equals std::errc::message_size.
    TooBig,
    /// The system, or the check of an argument, reported an error; code() has it.
    Failed
  };

  /// Which of the five it is. Never fails; signal-safe.
  Kind kind() const noexcept { return kind_; }

  /// Whether kind() is Kind::Cancelled. Never fails; signal-safe.
  bool cancelled() const noexcept { return kind_ == Kind::Cancelled; }

  /// Whether kind() is Kind::TimedOut. Never fails; signal-safe.
  bool timed_out() const noexcept { return kind_ == Kind::TimedOut; }

  /// The error as a standard code: for Kind::Failed the system's (of system_category()),
  /// std::errc's (std::generic_category), or one of the resolver or of the stream's protocol, each
  /// of a category of its own; for the other kinds one of tcp_category(). Never zero, never fails;
  /// signal-safe.
  std::error_code code() const noexcept { return code_; }

  /// The category of the system's codes: on POSIX std::system_category(); on Windows one of mtcp's
  /// own, which compares Winsock's codes with std::errc. Never fails; any thread.
  static const std::error_category& system_category() noexcept;

  /// How many bytes this operation had moved before it failed: read into the caller's buffer, or
  /// taken over by the kernel for sending. 0 where nothing moved. Never fails; signal-safe.
  std::size_t transferred() const noexcept { return transferred_; }

  /// One sentence for people: the operation, the address (or other culprit) where known, the
  /// cause, the bytes moved, and for a connect by name each address that was tried and why it
  /// failed. Allocates: may throw std::bad_alloc; not for signal handlers.
  std::string message() const;

  /// Throws a std::system_error with code() whose what() begins with message().
  [[noreturn]] void raise() const;

  /// The same as code(), so that a TcpError compares with std::errc and fits where an error code
  /// is expected. Never fails; signal-safe.
  operator std::error_code() const noexcept { return code_; }

 private:
  friend struct detail::Internals;

  static constexpr std::size_t subject_capacity = 80;

  TcpError() noexcept = default;

  Kind kind_ = Kind::Failed;
  std::error_code code_;
  std::size_t transferred_ = 0;
  const char* operation_ = "";
  const char* link_ = "";
  const char* reason_ = nullptr;
  std::array<char, subject_capacity> subject_{};
  std::shared_ptr<const detail::ErrorDetail> detail_;
};

/// The value of an operation, or the TcpError that kept it from one.
template <class T>
using Result = std::expected<T, TcpError>;

/// The category of the codes of all kinds but Kind::Failed; a code's value is the Kind's number
/// plus one. Its codes compare equal to the std::errc named at each Kind. Never fails; any thread.
const std::error_category& tcp_category() noexcept;

/// The value in `result`; throws what TcpError::raise() throws if there is none. For programs and
/// tests in which an error ends the show anyway. Not for signal handlers.
template <class T>
T or_raise(Result<T> result) {
  if (!result) result.error().raise();
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace mtcp
