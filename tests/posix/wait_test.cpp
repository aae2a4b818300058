// What TcpManager does without listeners and streams: waiting for foreign descriptors, sleeping.

#include <array>
#include <atomic>
#include <fcntl.h>
#include <functional>
#include <optional>
#include <string>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/descriptors.hpp"
#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"
#include "support/patience.hpp"
#include "support/posix/child_process.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

/// A descriptor that is closed in the end.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { close(); }

  void close() {
    if (number_ >= 0) ::close(std::exchange(number_, -1));
  }
  operator int() const { return number_; }
  operator NativeHandle() const { return number_; }

 private:
  int number_;
};

/// Both ends of something that some other library made: a pipe or a socket pair.
struct Ends {
  Descriptor from;
  Descriptor to;
};

Ends make_pipe() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  return {Descriptor(ends[1]), Descriptor(ends[0])};
}

Ends make_socket_pair() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  return {Descriptor(ends[1]), Descriptor(ends[0])};
}

void put(int descriptor, std::string text) {
  const iovec vector{text.data(), text.size()};
  EXPECT_EQ(::writev(descriptor, &vector, 1), static_cast<ssize_t>(text.size()));
}

std::string get(int descriptor) {
  std::array<char, 1 << 16> buffer;
  const iovec vector{buffer.data(), buffer.size()};
  const auto count = ::readv(descriptor, &vector, 1);
  return {buffer.data(), count < 0 ? 0 : static_cast<std::size_t>(count)};
}

/// Writes until there is no room.
void stuff(int descriptor) {
  const int flags = ::fcntl(descriptor, F_GETFL);
  ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
  std::string block(4096, 'x');
  const iovec vector{block.data(), block.size()};
  while (::writev(descriptor, &vector, 1) > 0) continue;
  ::fcntl(descriptor, F_SETFL, flags);
}

class Wait : public ::testing::Test {
 protected:
  /// Passes when `wait` waits until `happen` has happened, and then succeeds.
  void expect_waits_for(const std::function<void()>& happen,
                        const std::function<Result<void>()>& wait) {
    std::atomic<bool> happened = false;
    std::jthread other([&] {
      wait_until_parked(manager_);
      happened = true;
      happen();
    });
    const auto result = wait();
    EXPECT_TRUE(result) << result.error().message();
    EXPECT_TRUE(happened) << "it did not wait";
  }

  TcpManager manager_ = make_manager();
};

TEST_F(Wait, ReturnsAtOnceWhenThereIsSomethingToRead) {
  for (const auto& ends : {make_pipe(), make_socket_pair()}) {
    put(ends.from, "abc");
    EXPECT_TRUE(manager_.wait_readable(ends.to));
    EXPECT_TRUE(manager_.wait_readable(ends.to, 0s));
    EXPECT_EQ(get(ends.to), "abc") << "nothing was taken";
  }
}

TEST_F(Wait, LastsUntilThereIsSomethingToRead) {
  for (const auto& ends : {make_pipe(), make_socket_pair()}) {
    expect_waits_for([&] { put(ends.from, "abc"); },
                     [&] { return manager_.wait_readable(ends.to, 60s); });
    EXPECT_EQ(get(ends.to), "abc");
  }
}

TEST_F(Wait, LastsUntilThereIsRoomToWrite) {
  for (const auto& ends : {make_pipe(), make_socket_pair()}) {
    EXPECT_TRUE(manager_.wait_writable(ends.from, 0s));
    stuff(ends.from);
    EXPECT_TRUE(error_of(manager_.wait_writable(ends.from, 0s)).timed_out());
    expect_waits_for(
        [&] {
          while (manager_.wait_readable(ends.to, 0s)) get(ends.to);
        },
        [&] { return manager_.wait_writable(ends.from, 60s); });
  }
}

TEST_F(Wait, EndsWithTheOtherEnd) {
  for (auto make : {make_pipe, make_socket_pair}) {
    auto reading = make();
    expect_waits_for([&] { reading.from.close(); },
                     [&] { return manager_.wait_readable(reading.to, 60s); });
    auto writing = make();
    stuff(writing.from);
    expect_waits_for([&] { writing.to.close(); },
                     [&] { return manager_.wait_writable(writing.from, 60s); });
  }
}

TEST_F(Wait, TakesSocketsOfMtcp) {
  auto [client, server] = make_pair(manager_);
  expect_waits_for([&] { or_raise(client.shutdown(Shutdown::Write)); },
                   [&] { return manager_.wait_readable(server.native_handle(), 60s); });
  auto listener = make_listener(manager_);
  std::optional<TcpStream> guest;
  expect_waits_for(
      [&] { guest = or_raise(TcpStream::connect(manager_, or_raise(listener.local_addr()))); },
      [&] { return manager_.wait_readable(listener.native_handle(), 60s); });
}

TEST_F(Wait, EndsWithAReset) {
  auto [client, server] = make_pair(manager_);
  expect_waits_for([&] { reset(std::move(client)); },
                   [&] { return manager_.wait_readable(server.native_handle(), 60s); });
  EXPECT_TRUE(manager_.wait_writable(server.native_handle(), 60s));
}

TEST_F(Wait, TakesWhateverPollTakes) {
  const Descriptor event(::eventfd(1, EFD_CLOEXEC));
  const Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const Descriptor file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  const Descriptor datagram(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  EXPECT_TRUE(manager_.wait_readable(event));
  EXPECT_TRUE(manager_.wait_readable(null));
  EXPECT_TRUE(manager_.wait_writable(null));
  EXPECT_TRUE(manager_.wait_readable(file));
  EXPECT_TRUE(manager_.wait_writable(datagram));
  EXPECT_TRUE(error_of(manager_.wait_readable(datagram, 1ms)).timed_out());
}

// Bad input
TEST_F(Wait, SaysThatADescriptorIsNotOpen) {
  auto ends = make_pipe();
  const int gone = ends.to;
  ends.to.close();
  for (const NativeHandle handle : {NativeHandle(), NativeHandle(-5), NativeHandle(gone)}) {
    for (const auto& result :
         {manager_.wait_readable(handle, 60s), manager_.wait_writable(handle, 60s)}) {
      const auto error = error_of(result);
      EXPECT_EQ(error.kind(), TcpError::Kind::Failed);
      EXPECT_EQ(error, std::errc::bad_file_descriptor);
      EXPECT_NE(error.message().find("wait until"), std::string::npos) << error.message();
      EXPECT_NE(error.message().find(std::to_string(int(handle))), std::string::npos)
          << error.message();
    }
  }
}

TEST_F(Wait, LeavesTheDescriptorAsItIs) {
  const auto ends = make_pipe();
  const int flags = ::fcntl(ends.to, F_GETFL);
  EXPECT_FALSE(manager_.wait_readable(ends.to, 1ms));
  EXPECT_EQ(::fcntl(ends.to, F_GETFL), flags) << "blocking stays blocking";
  EXPECT_EQ(::fcntl(ends.to, F_GETFD), FD_CLOEXEC);
}

TEST_F(Wait, IsEndedByItsDeadline) {
  const auto ends = make_pipe();
  stuff(ends.from);
  const auto empty = make_pipe();
  for (const auto length : {1us, 10'000us}) {
    expect_ends_after(length, [&] {
      EXPECT_TRUE(error_of(manager_.wait_readable(empty.to, length)).timed_out());
    });
    expect_ends_after(length, [&] {
      EXPECT_TRUE(error_of(manager_.wait_writable(ends.from, length)).timed_out());
    });
  }
}

TEST_F(Wait, IsEndedByACancel) {
  const auto empty = make_pipe();
  const auto full = make_pipe();
  stuff(full.from);
  const std::vector<std::function<Result<void>()>> waits = {
      [&] { return manager_.wait_readable(empty.to); },
      [&] { return manager_.wait_writable(full.from, 60s); },
      [&] { return manager_.sleep(Deadline::never()); },
      [&] { return manager_.sleep(60s); },
  };
  for (const auto& wait : waits) {
    std::jthread other([&] {
      wait_until_parked(manager_);
      EXPECT_TRUE(manager_.canceller().cancel());
    });
    EXPECT_TRUE(error_of(wait()).cancelled());
    other.join();
    EXPECT_TRUE(error_of(wait()).cancelled()) << "it stays so";
    EXPECT_TRUE(manager_.restart());
  }
}

// Law 1
TEST_F(Wait, PrefersACancelledStateToWhatIsReady) {
  const auto ends = make_pipe();
  put(ends.from, "x");
  manager_.canceller().cancel();
  EXPECT_TRUE(error_of(manager_.wait_readable(ends.to)).cancelled());
  EXPECT_TRUE(error_of(manager_.wait_writable(ends.from)).cancelled());
  EXPECT_TRUE(error_of(manager_.wait_readable(NativeHandle())).cancelled());
  EXPECT_TRUE(error_of(manager_.sleep(-1s)).cancelled());
  EXPECT_TRUE(manager_.restart());
  EXPECT_TRUE(manager_.wait_readable(ends.to));
}

// Law 8
TEST_F(Wait, IsEveryThreadsOwn) {
  const auto ends = make_pipe();
  std::atomic<int> woken = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 5; ++i)
      threads.emplace_back([&] { woken += manager_.wait_readable(ends.to, 60s) ? 1 : 0; });
    wait_until_parked(manager_, 5);
    put(ends.from, "x");
  }
  EXPECT_EQ(woken, 5) << "nothing was taken, so all of them are to know";
}

// Law 5
TEST_F(Wait, TakesDescriptorZero) {
  expect_success_in_child([] {
    auto ends = make_pipe();
    ::dup2(ends.to, 0);
    const auto manager = make_manager();
    if (!error_of(manager.wait_readable(0, 1ms)).timed_out()) return 1;
    put(ends.from, "x");
    return manager.wait_readable(0, 60s) ? 0 : 2;
  });
}

TEST_F(Wait, CostsNoDescriptor) {
  const auto ends = make_pipe();
  const DescriptorGuard guard;
  EXPECT_FALSE(manager_.wait_readable(ends.to, 1ms));
  EXPECT_TRUE(manager_.wait_writable(ends.from, 1ms));
  EXPECT_TRUE(manager_.sleep(1ms));
}

TEST_F(Wait, SaysWhenTheSystemRefusesToWait) {
  const auto ends = make_pipe();
  const SystemCallJudge judge([](const SystemCall& call) {
    return call.name == "ppoll" ? Verdict::fail(ENOMEM) : Verdict::pass();
  });
  EXPECT_EQ(error_of(manager_.wait_readable(ends.to)), std::errc::not_enough_memory);
  EXPECT_EQ(error_of(manager_.sleep(1h)), std::errc::not_enough_memory);
}

TEST_F(Wait, IsNotDisturbedByInterruptions) {
  const auto ends = make_pipe();
  put(ends.from, "x");
  int left = 10;
  const SystemCallJudge judge([&](const SystemCall& call) {
    return call.name == "poll" && --left >= 0 ? Verdict::fail(EINTR) : Verdict::pass();
  });
  EXPECT_TRUE(manager_.wait_readable(ends.to));
  EXPECT_LT(left, 0);
}

// W06, law 7
TEST_F(Wait, IsQuiet) {
  manager_ = or_raise(TcpManager::create({.spin = 0ns}));
  const auto empty = make_pipe();
  const auto full = make_pipe();
  stuff(full.from);
  manager_.canceller().cancel();
  manager_.restart();  // a wake that is not undone would keep the threads awake
  std::atomic<int> calls = 0;
  const SystemCallJudge judge([&](const SystemCall&) {
    ++calls;
    return Verdict::pass();
  });
  const auto used = processor_time([&] {
    std::jthread other([&] { EXPECT_FALSE(manager_.wait_writable(full.from, 200ms)); });
    std::jthread sleeper([&] { EXPECT_TRUE(manager_.sleep(200ms)); });
    EXPECT_FALSE(manager_.wait_readable(empty.to, 200ms));
  });
  EXPECT_LE(calls, 30) << "system calls of three threads that do nothing";
  EXPECT_LE(used, 50ms);
}

// A wait that ends by time is made exact by way of the thread's own settings.
TEST_F(Wait, PutsTheTimerSlackBack) {
  std::jthread([&] {
    ASSERT_EQ(::prctl(PR_SET_TIMERSLACK, 12'345UL, 0, 0, 0), 0);
    EXPECT_TRUE(manager_.sleep(2ms));
    EXPECT_EQ(::prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0), 12'345);
  }).join();
}

// The last thing to be heard of a descriptor may be a hang-up that nobody asked for.
TEST_F(Wait, IsQuietWhileTheOtherDirectionHasEnded) {
  manager_ = or_raise(TcpManager::create({.spin = 0ns}));
  auto [client, server] = make_pair(manager_);
  or_raise(server.set_send_buffer_size(16384));
  or_raise(client.set_receive_buffer_size(16384));
  fill(server);
  or_raise(client.shutdown(Shutdown::Write));
  ASSERT_TRUE(manager_.wait_readable(server.native_handle(), 60s));
  std::atomic<int> calls = 0;
  const SystemCallJudge judge([&](const SystemCall&) {
    ++calls;
    return Verdict::pass();
  });
  EXPECT_TRUE(error_of(manager_.wait_writable(server.native_handle(), 100ms)).timed_out());
  EXPECT_LE(calls, 10);
}

// Sleep
TEST_F(Wait, SleepNeverEndsEarly) {
  for (const auto length : {1ns, 100ns, 10'000ns, 1'000'000ns, 20'000'000ns})
    expect_ends_after(length, [&] { EXPECT_TRUE(manager_.sleep(length)); });
  const Deadline deadline = 5ms;
  EXPECT_TRUE(manager_.sleep(deadline));
  EXPECT_TRUE(deadline.expired());
  EXPECT_TRUE(manager_.sleep(deadline)) << "it has come already";
}

TEST_F(Wait, SleepersWakeEachAtTheirOwnTime) {
  std::vector<std::jthread> threads;
  for (int i = 1; i <= 8; ++i)
    threads.emplace_back([&, length = i * 5ms] {
      expect_ends_after(length, [&] { EXPECT_TRUE(manager_.sleep(length)); });
    });
}

}  // namespace
}  // namespace mtcp::test
