#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/descriptors.hpp"
#include "support/limits.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/posix/fault.hpp"
#include "support/wake_event.hpp"

/// F04: a whole conversation, with each of its system calls failing in turn.
namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

constexpr std::size_t message_size = 20000;

/// One connection, whose bytes the server sends back until the client ends its half.
class EchoSession {
 public:
  /// Runs it. What went wrong at either end is in errors().
  void run() {
    auto manager = kept(TcpManager::create());
    if (!manager) return;
    auto listener = kept(TcpListener::bind(*manager, SocketAddr::loopback_v4()));
    if (!listener) return;
    const auto address = kept(listener->local_addr());
    if (!address) return;
    std::jthread server([&, own = std::move(*listener)]() mutable { serve(*manager, own); });
    if (!ask(*manager, *address)) manager->canceller().cancel();
  }

  std::vector<TcpError> errors() const { return errors_; }
  bool echoed() const { return echoed_; }

 private:
  template <class T>
  std::optional<T> kept(Result<T> result) {
    if (result) return std::move(*result);
    note(result.error());
    return std::nullopt;
  }

  void note(const TcpError& error) {
    const std::lock_guard lock(mutex_);
    errors_.push_back(error);
  }

  bool done(const Result<void>& result) {
    if (!result) note(result.error());
    return result.has_value();
  }

  /// Ends by destroying what it has, whatever fails, so that the client does not wait in vain.
  void serve(const TcpManager& manager, TcpListener& listener) {
    auto connection = kept(listener.accept(30s));
    if (!connection) {
      const TcpListener closed = std::move(listener);
      return;
    }
    auto stream = kept(TcpStream::from(manager, std::move(*connection)));
    std::array<std::byte, 3000> bytes;
    while (stream) {
      const auto size = kept(stream->read(bytes, 30s));
      if (!size || *size == 0) return;
      if (!done(stream->write_all(std::span(bytes).first(*size), 30s))) return;
    }
  }

  bool ask(const TcpManager& manager, const SocketAddr& address) {
    auto stream = kept(TcpStream::connect(manager, address, 30s));
    if (!stream) return false;
    const std::string half(message_size / 2, 'x');
    if (!done(stream->write_all({std::string_view(half), std::string_view(half)}, 30s)))
      return false;
    if (!done(stream->shutdown(Shutdown::Write))) return false;
    std::string answer;
    if (!kept(stream->read_to_end(answer, 2 * message_size, 30s))) return false;
    echoed_ = answer == half + half;
    return true;
  }

  std::mutex mutex_;
  std::vector<TcpError> errors_;
  std::atomic<bool> echoed_{false};
};

class FaultSession : public testing::Test {
 protected:
  /// A session whose n-th call fails; false when there are fewer.
  bool fail(unsigned n, int error) {
    const auto before = open_descriptors();
    EchoSession session;
    bool happened = false;
    const auto took = elapsed([&] {
      const FailingCall failing(n, error);
      session.run();
      happened = failing.happened();
    });
    EXPECT_LT(took, 25s) << "hung";
    EXPECT_EQ(open_descriptors(), before) << "when call " << n << " failed";
    for (const TcpError& told : session.errors()) {
      EXPECT_FALSE(told.timed_out()) << told.message();
      EXPECT_NE(told.message().find(": "), std::string::npos) << told.message();
    }
    EXPECT_TRUE(session.echoed() || !session.errors().empty()) << "a loss that nobody was told of";
    return happened && !HasFailure();
  }

 private:
  DescriptorLimit quick_{256};
};

TEST_F(FaultSession, EndsWithoutALeakOrAHangWhicheverCallFails) {
  for (const int error : {EMFILE, ENOMEM, EIO, ECONNRESET}) {
    SCOPED_TRACE(std::strerror(error));
    unsigned n = 1;
    while (fail(n, error)) ++n;
    EXPECT_GT(n, 20U);
  }
}

bool can_be_interrupted(const SystemCall& call) {
  constexpr std::array names = {"accept4"sv, "recv"sv, "send"sv,  "sendmsg"sv, "poll"sv,
                                "ppoll"sv,   "read"sv, "write"sv, "close"sv};
  return std::ranges::find(names, call.name) != names.end();
}

// Law 5
TEST_F(FaultSession, DoesNotNoticeAnInterruption) {
  for (unsigned n = 1;; ++n) {
    EchoSession session;
    const FailingCall failing(n, EINTR, can_be_interrupted);
    session.run();
    ASSERT_TRUE(session.echoed()) << n;
    if (!failing.happened()) break;
  }
}

// Law 5, R33
TEST_F(FaultSession, DoesNotNoticeThatEverySecondCallIsInterrupted) {
  std::atomic<unsigned> calls{0};
  const SystemCallJudge judge([&](const SystemCall& call) {
    return can_be_interrupted(call) && ++calls % 2 == 0 ? Verdict::fail(EINTR) : Verdict::pass();
  });
  EchoSession session;
  session.run();
  EXPECT_TRUE(session.echoed());
  EXPECT_TRUE(session.errors().empty());
}

bool may_come_too_early(const SystemCall& call) {
  return call.name == "accept4" || call.name == "recv" || call.name == "send" ||
         call.name == "sendmsg";
}

// Readiness is a hint: what was ready may be gone when it is asked for.
TEST_F(FaultSession, WaitsAgainWhenACallWouldBlockAfterAll) {
  for (unsigned n = 1;; ++n) {
    EchoSession session;
    const FailingCall failing(n, EAGAIN, may_come_too_early);
    session.run();
    ASSERT_TRUE(session.echoed()) << n;
    if (!failing.happened()) break;
  }
}

// Law 5
TEST_F(FaultSession, CancelsAndRestartsInSpiteOfInterruptions) {
  const auto manager = make_manager();
  std::atomic<unsigned> calls{0};
  const SystemCallJudge judge([&](const SystemCall& call) {
    return can_be_interrupted(call) && ++calls % 2 == 1 ? Verdict::fail(EINTR) : Verdict::pass();
  });
  for (int i = 0; i < 10; ++i) {
    std::jthread sleeping([&] { EXPECT_TRUE(manager.sleep(30s).error().cancelled()); });
    wait_until_parked(manager);
    EXPECT_TRUE(manager.canceller().cancel());
    sleeping.join();
    EXPECT_TRUE(manager.restart());
    EXPECT_TRUE(manager.sleep(1us));
  }
}

/// How often each descriptor was closed while `body` ran, every close being interrupted.
std::map<int, int> interrupted_closes(const std::function<void()>& body) {
  std::mutex mutex;
  std::map<int, int> closes;
  const SystemCallJudge judge([&](const SystemCall& call) {
    if (call.name != "close") return Verdict::pass();
    const std::lock_guard lock(mutex);
    ++closes[call.descriptor];
    return Verdict::fail(EINTR);
  });
  body();
  return closes;
}

// F15: the number may belong to somebody else already
TEST_F(FaultSession, ClosesNothingTwiceWhenCloseIsInterrupted) {
  const DescriptorGuard guard;
  std::vector<int> open;
  const auto closes = interrupted_closes([&] {
    const auto manager = make_manager();
    const auto listener = make_listener(manager);
    auto stream = or_raise(TcpStream::connect(manager, or_raise(listener.local_addr()), 30s));
    const auto clone = or_raise(stream.try_clone());
    const auto moved = std::move(stream);
    open = {int(listener.native_handle()), int(moved.native_handle()), int(clone.native_handle())};
  });
  for (const int descriptor : open) EXPECT_EQ(closes.at(descriptor), 1) << descriptor;
  for (const auto& [descriptor, count] : closes) EXPECT_EQ(count, 1) << descriptor;
  EXPECT_EQ(closes.size(), 3 + descriptors_of_a_wake_event());
}

// F15
TEST_F(FaultSession, ClosesAFailedConnectOnceWhenCloseIsInterrupted) {
  const auto manager = make_manager();
  const DescriptorGuard guard;
  const auto closes = interrupted_closes(
      [&] { EXPECT_FALSE(TcpStream::connect(manager, SocketAddr::loopback_v4(1), 30s)); });
  ASSERT_EQ(closes.size(), 1U);
  EXPECT_EQ(closes.begin()->second, 1);
}

}  // namespace
}  // namespace mtcp::test
