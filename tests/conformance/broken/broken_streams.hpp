#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <limits>
#include <mutex>
#include <optional>
#include <poll.h>
#include <span>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <mtcp/mtcp.hpp>

#include "conformance/kinds/forwarding.hpp"
#include "internals.hpp"

// Streams that each break one law, to show that the suite sees it.

namespace mtcp::test::broken {

using namespace std::chrono_literals;

inline std::unexpected<TcpError> say(TcpError::Kind kind) {
  return std::unexpected(detail::Internals::error(kind, {"read", "from"}, {}));
}

inline int descriptor_of(TcpStream& stream) {
  return static_cast<int>(stream.native_handle());
}

struct LosesAByteAfterATimeout : Forwarding {
  using Forwarding::Forwarding;
  Result<std::size_t> read(MutableBytes buffer, Timeout timeout = {}) {
    std::array<std::byte, 1> lost;
    if (std::exchange(timed_out, false)) std::ignore = Forwarding::read(lost, 0s);
    auto count = Forwarding::read(buffer, timeout);
    timed_out = !count && count.error().timed_out();
    return count;
  }
  bool timed_out = false;
};

struct MiscountsATimedOutWrite : Forwarding {
  using Forwarding::Forwarding;
  Result<void> write_all(ConstBytes bytes, Timeout timeout = {}) {
    auto written = Forwarding::write_all(bytes, timeout);
    if (written || !written.error().timed_out()) return written;
    return std::unexpected(
        detail::Internals::renamed(written.error(), {"write_all", "to"},
                                   std::max<std::size_t>(written.error().transferred(), 1) - 1));
  }
};

struct ForgetsWhatACancelledWriteSent : Forwarding {
  using Forwarding::Forwarding;
  Result<void> write_all(ConstBytes bytes, Timeout timeout = {}) {
    auto written = Forwarding::write_all(bytes, timeout);
    if (written || !written.error().cancelled()) return written;
    return std::unexpected(detail::Internals::renamed(written.error(), {"write_all", "to"}, 0));
  }
};

struct TellsAResetAsTheEnd : Forwarding {
  using Forwarding::Forwarding;
  Result<std::size_t> read(MutableBytes buffer, Timeout timeout = {}) {
    auto count = Forwarding::read(buffer, timeout);
    if (!count && count.error() == std::errc::connection_reset) return 0U;
    return count;
  }
};

struct DropsWhatCameBeforeAReset : Forwarding {
  using Forwarding::Forwarding;
  Result<std::size_t> read(MutableBytes buffer, Timeout timeout = {}) {
    pollfd polled{descriptor_of(socket()), POLLIN, 0};
    ::poll(&polled, 1, 0);
    std::array<std::byte, 4096> lost;
    if ((polled.revents & POLLERR) != 0)
      while (Forwarding::read(lost, 0s)) continue;
    return Forwarding::read(buffer, timeout);
  }
};

struct RestartsItsDeadline : Forwarding {
  using Forwarding::Forwarding;
  Result<void> write_all(ConstBytes bytes, Timeout timeout = {}) {
    std::span rest(bytes.data(), bytes.size());
    const auto total = detail::Internals::total(timeout);
    while (!rest.empty()) {
      const auto count = Forwarding::write(rest, total ? Timeout(*total) : timeout);
      if (!count) return std::unexpected(count.error());
      rest = rest.subspan(*count);
    }
    return {};
  }
};

struct TakesADeadlineForADuration : Forwarding {
  using Forwarding::Forwarding;
  Result<std::size_t> read(MutableBytes buffer, Timeout timeout = {}) {
    const Deadline deadline = detail::Internals::deadline(timeout);
    return Forwarding::read(buffer, deadline.is_never() ? timeout : Timeout(50ms));
  }
};

struct TakesIdleForATotal : Forwarding {
  using Forwarding::Forwarding;
  Result<void> write_all(ConstBytes bytes, Timeout timeout = {}) {
    const auto pace = detail::Internals::pace(timeout);
    return Forwarding::write_all(bytes, pace ? timeout.within(pace->time) : timeout);
  }
};

struct TruncatesHugeTimeouts : Forwarding {
  using Forwarding::Forwarding;
  Result<std::size_t> read(MutableBytes buffer, Timeout timeout = {}) {
    const auto total = detail::Internals::total(timeout);
    if (total && *total > 1h) return Forwarding::read(buffer, 1ms);
    return Forwarding::read(buffer, timeout);
  }
};

struct EndsEarly : Forwarding {
  using Forwarding::Forwarding;
  Result<std::size_t> read(MutableBytes buffer, Timeout timeout = {}) {
    return Forwarding::read(buffer, timeout.within(2ms));
  }
};

struct PrefersADeadlineToData : Forwarding {
  using Forwarding::Forwarding;
  Result<std::size_t> read(MutableBytes buffer, Timeout timeout = {}) {
    const auto total = detail::Internals::total(timeout);
    if (total && *total <= 0s) return say(TcpError::Kind::TimedOut);
    return Forwarding::read(buffer, timeout);
  }
};

struct PrefersDataToACancel : Forwarding {
  using Forwarding::Forwarding;
  Result<std::size_t> read(MutableBytes buffer, Timeout timeout = {}) {
    const auto count = ::recv(descriptor_of(socket()), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count > 0) return static_cast<std::size_t>(count);
    return Forwarding::read(buffer, timeout);
  }
};

struct IgnoresACancelForEmptyBuffers : Forwarding {
  using Forwarding::Forwarding;
  Result<std::size_t> write(ConstBytes bytes, Timeout timeout = {}) {
    if (bytes.empty()) return 0U;
    return Forwarding::write(bytes, timeout);
  }
};

struct WaitsForAnEmptyBuffer : Forwarding {
  using Forwarding::Forwarding;
  Result<std::size_t> read(MutableBytes buffer, Timeout timeout = {}) {
    std::array<std::byte, 1> next;
    if (!buffer.empty()) return Forwarding::read(buffer, timeout);
    auto count = socket().peek(next, timeout.within(1s));
    if (count) return 0U;
    return count;
  }
};

struct DiesOfACancel : Forwarding {
  using Forwarding::Forwarding;
  Result<std::size_t> read(MutableBytes buffer, Timeout timeout = {}) {
    if (cancelled) return say(TcpError::Kind::Cancelled);
    auto count = Forwarding::read(buffer, timeout);
    cancelled = !count && count.error().cancelled();
    return count;
  }
  bool cancelled = false;
};

struct DoesNotWakeItsWriter : Forwarding {
  explicit DoesNotWakeItsWriter(TcpStream stream) : Forwarding(std::move(stream)) {
    writer.tie(or_raise(TcpManager::create()));
  }
  Result<void> write_all(ConstBytes bytes, Timeout timeout = {}) {
    return writer.write_all(bytes, timeout.within(1s));
  }
  TcpStream writer = or_raise(socket().try_clone());
};

struct CancelsTheFarewell : Forwarding {
  using Forwarding::Forwarding;
  Result<void> shutdown(Shutdown how) {
    if (const auto nothing = Forwarding::read({}); !nothing)
      return std::unexpected(nothing.error());
    return Forwarding::shutdown(how);
  }
};

struct ForgetsItsEnd : Forwarding {
  using Forwarding::Forwarding;
  Result<std::size_t> read(MutableBytes buffer, Timeout timeout = {}) {
    if (ended) return say(TcpError::Kind::TimedOut);
    auto count = Forwarding::read(buffer, timeout);
    ended = count && *count == 0 && !buffer.empty();
    return count;
  }
  bool ended = false;
};

struct ShutsBothHalves : Forwarding {
  using Forwarding::Forwarding;
  Result<void> shutdown(Shutdown) { return Forwarding::shutdown(Shutdown::Both); }
};

struct HasOneLockForAll : Forwarding {
  using Forwarding::Forwarding;
  Result<std::size_t> read(MutableBytes buffer, Timeout timeout = {}) {
    const std::lock_guard lock(mutex);
    return Forwarding::read(buffer, timeout.within(1s));
  }
  Result<std::size_t> write(ConstBytes bytes, Timeout timeout = {}) {
    const std::lock_guard lock(mutex);
    return Forwarding::write(bytes, timeout);
  }
  std::mutex mutex;
};

struct LosesAByteBetweenTwoReaders : Forwarding {
  using Forwarding::Forwarding;
  Result<std::size_t> read(MutableBytes buffer, Timeout timeout = {}) {
    const bool alone = ++readers == 1;
    auto count = Forwarding::read(buffer, timeout);
    --readers;
    if (count && *count > 1 && !alone) --*count;
    return count;
  }
  std::atomic<int> readers{0};
};

struct ShowsInterruptions : Forwarding {
  using Forwarding::Forwarding;
  Result<std::size_t> read(MutableBytes buffer, Timeout timeout = {}) {
    pollfd polled{descriptor_of(socket()), POLLIN, 0};
    if (::poll(&polled, 1, 10) < 0)
      return std::unexpected(detail::Internals::failure(
          std::make_error_code(std::errc::interrupted), {"read", "from"}, {}));
    return Forwarding::read(buffer, timeout);
  }
};

struct RaisesSigpipe : Forwarding {
  using Forwarding::Forwarding;
  Result<std::size_t> write(ConstBytes bytes, Timeout timeout = {}) {
    std::ignore = ::send(descriptor_of(socket()), bytes.data(), 0, 0);
    if (::send(descriptor_of(socket()), bytes.data(), bytes.size(), MSG_DONTWAIT) > 0)
      return bytes.size();
    return Forwarding::write(bytes, timeout);
  }
};

struct Allocates : Forwarding {
  using Forwarding::Forwarding;
  Result<std::size_t> read(MutableBytes buffer, Timeout timeout = {}) {
    std::vector<std::byte> copy(buffer.size());
    auto count = Forwarding::read(copy, timeout);
    if (count) std::copy_n(copy.begin(), *count, buffer.data());
    return count;
  }
};

struct LeaksADescriptor : Forwarding {
  using Forwarding::Forwarding;
  int leaked = ::dup(descriptor_of(socket()));
};

struct Spins : Forwarding {
  using Forwarding::Forwarding;
  Result<std::size_t> read(MutableBytes buffer, Timeout = {}) {
    for (;;) {
      auto count = Forwarding::read(buffer, 100us);
      if (count || !count.error().timed_out()) return count;
    }
  }
};

struct SaysNothing : Forwarding {
  using Forwarding::Forwarding;
  Result<std::size_t> read(MutableBytes buffer, Timeout timeout = {}) {
    auto count = Forwarding::read(buffer, timeout);
    if (count) return count;
    return say(count.error().kind());
  }
};

struct StaysWhenMovedFrom : Forwarding {
  using Forwarding::Forwarding;
  StaysWhenMovedFrom(StaysWhenMovedFrom&& other)
      : Forwarding(or_raise(other.socket().try_clone())) {}
};

struct SaysFarewellInTheChild : Forwarding {
  using Forwarding::Forwarding;
  SaysFarewellInTheChild(SaysFarewellInTheChild&&) = default;
  ~SaysFarewellInTheChild() { std::ignore = shutdown(Shutdown::Both); }
};

struct TakesWhatItPeeks : Forwarding {
  using Forwarding::Forwarding;
  Result<std::size_t> peek(MutableBytes buffer, Timeout timeout = {}) {
    return read(buffer, timeout);
  }
};

}  // namespace mtcp::test::broken
