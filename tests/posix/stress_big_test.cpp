#include <algorithm>
#include <chrono>
#include <future>
#include <initializer_list>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/connected.hpp"
#include "support/errors.hpp"
#include "support/pattern.hpp"
#include "support/posix/repeated_memory.hpp"
#include "support/sanitizers.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t gibibyte = std::size_t{1} << 30;
constexpr std::size_t period = RepeatedMemory::period;

// R20: sizes that do not fit into 31 or 32 bits.
class StressBig : public Connected {
 protected:
  void SetUp() override {
    if (sizeof(std::size_t) == 4) GTEST_SKIP() << "no buffer is that big here";
    std::ranges::copy(pattern(period), source_.bytes().begin());
    or_raise(client_.set_send_buffer_size(4 << 20));
    or_raise(server_.set_receive_buffer_size(4 << 20));
  }

  /// Throws the next `count` bytes of server_ away without looking at them.
  void drop(std::size_t count) {
    const auto handle = server_.native_handle();
    while (count != 0) {
      const auto most = std::min<std::size_t>(count, 1 << 20);
      const auto dropped =
          ::syscall(SYS_recvfrom, static_cast<int>(handle), nullptr, most, MSG_TRUNC, nullptr, 0);
      if (dropped < 0) or_raise(manager_.wait_readable(handle, 60s));
      ASSERT_NE(dropped, 0) << "the end, " << count << " bytes too early";
      if (dropped > 0) count -= static_cast<std::size_t>(dropped);
    }
  }

  /// Expects that server_, which has read nothing yet, gets the right bytes around `places`.
  void check_around(std::initializer_list<std::size_t> places) {
    std::size_t from = 0;
    for (const auto place : places) {
      std::vector<std::byte> window(64);
      const auto start = place - window.size() / 2;
      drop(start - from);
      or_raise(server_.read_exact(window, 60s));
      for (std::size_t i = 0; i < window.size(); ++i)
        ASSERT_EQ(window[i], source_.bytes()[(start + i) % period]) << "byte " << start + i;
      from = start + window.size();
    }
    drop(size_ - from);
  }

  static constexpr std::size_t size_ = 4 * gibibyte + (1 << 20) + 1;
  RepeatedMemory source_{size_};
};

TEST_F(StressBig, BufferIsNotReadAsASmallOne) {
  client_.set_default_timeouts(60s, 60s);
  server_.set_default_timeouts(60s, 60s);
  or_raise(client_.write_all(source_.bytes().first(100)));
  or_raise(client_.shutdown(Shutdown::Write));
  // With 32 bits only, these would be buffers of 0, 1, and 100 bytes, or negative ones.
  for (const std::size_t size : {2 * gibibyte, 4 * gibibyte, 4 * gibibyte + 1})
    EXPECT_EQ(or_raise(server_.peek(source_.bytes().first(size))), 100U);
  const auto failed = server_.read_exact(source_.bytes().first(4 * gibibyte + 100));
  EXPECT_EQ(error_of(failed).kind(), TcpError::Kind::Incomplete);
  EXPECT_EQ(error_of(failed).transferred(), 100U);
}

TEST_F(StressBig, PiecesAreGatheredWhole) {
  if (has_thread_sanitizer) GTEST_SKIP() << "its shadow of 4 GiB takes too much memory and time";
  const auto bytes = source_.bytes();
  const std::size_t first = 2 * gibibyte + 3;
  auto writing = std::async(std::launch::async, [&] {
    return client_.write_all({bytes.first(first), ConstBytes(), bytes.subspan(first)}, 60s);
  });
  check_around({gibibyte, first, 4 * gibibyte});
  EXPECT_TRUE(writing.get());
}

TEST_F(StressBig, CountIsNotCutOffWhenItFails) {
  if (has_thread_sanitizer) GTEST_SKIP() << "its shadow of 4 GiB takes too much memory and time";
  auto writing =
      std::async(std::launch::async, [&] { return client_.write_all(source_.bytes(), 60s); });
  drop(4 * gibibyte + 5);
  manager_.canceller().cancel();
  const auto result = writing.get();
  manager_.restart();
  const auto sent = result ? size_ : error_of(result).transferred();
  EXPECT_GE(sent, 4 * gibibyte + 5);
  or_raise(client_.shutdown(Shutdown::Write));
  drop(sent - 4 * gibibyte - 5);
  std::vector<std::byte> more(1);
  EXPECT_EQ(or_raise(server_.read(more, 60s)), 0U);
}

}  // namespace
}  // namespace mtcp::test
