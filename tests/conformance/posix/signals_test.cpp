#include <array>
#include <csignal>
#include <pthread.h>
#include <signal.h>

#include "conformance/conformance.hpp"
#include "support/errors.hpp"
#include "support/patience.hpp"
#include "support/pattern.hpp"
#include "support/posix/signal_handler.hpp"

// Law 5: no surprises from signals.

namespace mtcp::test {

using namespace std::chrono_literals;

namespace {

/// While it lives, a signal whose handler does nothing interrupts the thread that made it, 2000
/// times a second.
class Storm {
 public:
  Storm() : target_(::pthread_self()) {
    struct sigaction action = {};
    action.sa_handler = [](int) {};  // without SA_RESTART
    ::sigaction(SIGUSR1, &action, &old_);
    thread_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        ::pthread_kill(target_, SIGUSR1);
        std::this_thread::sleep_for(500us);
      }
    });
  }
  Storm(const Storm&) = delete;
  Storm& operator=(const Storm&) = delete;
  ~Storm() {
    thread_.request_stop();
    thread_.join();
    ::sigaction(SIGUSR1, &old_, nullptr);
  }

 private:
  pthread_t target_;
  struct sigaction old_ = {};
  std::jthread thread_;
};

}  // namespace

TEST_P(Conformance, InterruptionsAreNotSeenAndDoNotStretch) {  // T26, R32, law 5
  constexpr std::size_t much = std::size_t{1} << 18;
  const Storm storm;
  std::array<std::byte, 1> one{};
  for (const Call& call : reads()) {
    expect_ends_after(15ms, [&] {
      const auto result = call.run(stream(), one, 15ms);
      EXPECT_TRUE(error_of(result).timed_out()) << error_of(result).message();
    });
  }
  auto sending = std::async(std::launch::async, [&] {
    give_pattern(peer(), much);
    or_raise(peer().shutdown(Shutdown::Write));
  });
  const auto received = take_rest(stream());
  EXPECT_EQ(received.size(), much);
  EXPECT_TRUE(is_pattern(received));
  sending.get();
  auto receiving = std::async(std::launch::async, [&] { return take_rest(peer()); });
  give_pattern(stream(), much);
  or_raise(stream().shutdown(Shutdown::Write));
  EXPECT_TRUE(is_pattern(receiving.get()));
}

TEST_P(Conformance, NoSignalIsRaisedWhereNobodyReads) {  // R06
  const Disposition old = disposition(SIGPIPE);
  set_disposition(SIGPIPE, counting());
  const int before = counted();
  std::array<std::byte, 4> bytes{};
  or_raise(stream().shutdown(Shutdown::Write));
  for (const Call& call : writes()) EXPECT_FALSE(call.run(stream(), bytes, patience));
  conversation().reset_by_peer();
  conversation().await_reset();
  for (const Call& call : writes()) EXPECT_FALSE(call.run(stream(), bytes, patience));
  EXPECT_EQ(counted(), before);
  set_disposition(SIGPIPE, old);
}

}  // namespace mtcp::test
