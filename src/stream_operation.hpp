#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include <mtcp/bytes.hpp>

#include "operation.hpp"

namespace mtcp::detail {

inline std::span<std::byte> as_span(const MutableBytes& bytes) noexcept {
  return {bytes.data(), bytes.size()};
}

/// One call of a user on a stream: what it is called, its time, whether it is cancelled, and how
/// many bytes it has moved. What the bytes move through is for derived classes to know.
///
/// Composite calls take several steps. When a step finds the time over, it and those after it take
/// what is ready at that moment, and no more, however much comes meanwhile.
class StreamOperation {
 public:
  StreamOperation(const StreamOperation&) = delete;
  StreamOperation& operator=(const StreamOperation&) = delete;

  /// At least one byte, or 0 at the end of the stream. An empty `buffer` is success at once.
  Outcome<std::size_t> receive(std::span<std::byte> buffer, sys::Receive how) noexcept;
  /// At least one byte. Empty `bytes` are success at once.
  Outcome<std::size_t> send(const ConstBytes& bytes) noexcept;
  /// The same; nothing but empty pieces is success at once.
  Outcome<std::size_t> send(std::span<const ConstBytes> pieces) noexcept;

  Outcome<void> receive_all(std::span<std::byte> buffer) noexcept;
  Outcome<void> send_all(std::span<const ConstBytes> pieces) noexcept;

  /// These may throw what `buffer` and `complete` throw, with nothing lost.
  Outcome<void> append_to_end(BufferRef buffer, std::size_t limit);
  Outcome<void> append_until(BufferRef buffer, std::size_t chunk, std::size_t limit,
                             CompleteRef complete);

  std::size_t transferred() const noexcept { return transferred_; }

 protected:
  StreamOperation(OperationName name, ManagerState& manager, const Timeout& timeout) noexcept
      : name_(name), operation_(manager, timeout) {}
  ~StreamOperation() = default;

  /// One run of the loop. At least one byte, or 0 at the end of the stream; `buffer` is not empty.
  virtual Outcome<std::size_t> receive_some(std::span<std::byte> buffer,
                                            sys::Receive how) noexcept = 0;
  /// One run of the loop. At least one byte of `pieces`, leaving out the first `skip` bytes of the
  /// first one; there is one.
  virtual Outcome<std::size_t> send_some(std::span<const ConstBytes> pieces,
                                         std::size_t skip) noexcept = 0;
  /// At least as many bytes as could be received now, and not without bound.
  virtual std::size_t receivable() noexcept = 0;

  const OperationName& name() const noexcept { return name_; }
  Operation& operation() noexcept { return operation_; }

 private:
  Outcome<std::size_t> receive_step(std::span<std::byte> buffer) noexcept;
  Outcome<std::size_t> send_step(std::span<const ConstBytes> pieces, std::size_t skip) noexcept;
  /// A step when the time is over.
  Outcome<std::size_t> receive_late(std::span<std::byte> buffer) noexcept;
  Outcome<std::size_t> send_late(std::span<const ConstBytes> pieces, std::size_t skip) noexcept;
  Outcome<std::size_t> append_step(BufferRef buffer, std::size_t room);
  Outcome<bool> at_end() noexcept;

  bool time_is_over() noexcept {
    return !std::exchange(first_step_, false) && operation_.expiry().over();
  }
  void moved(std::size_t count) noexcept {
    transferred_ += count;
    operation_.expiry().moved(count);
    if (allowance_) *allowance_ -= std::min(*allowance_, count);
  }

  OperationName name_;
  Operation operation_;
  std::size_t transferred_ = 0;
  bool first_step_ = true;
  std::optional<std::size_t> allowance_;  // bytes to move still, once the time is over
};

}  // namespace mtcp::detail
