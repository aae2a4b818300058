#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "manager_state.hpp"
#include "sys/waiter.hpp"

namespace mtcp::test {

/// A Waiter without time, threads and sockets: it answers each wait from a script, and notes what
/// it was asked. A wait that the script says nothing about fails the test.
class FakeWaiter final : public sys::Waiter {
 public:
  /// What a wait was asked for.
  struct Asked {
    std::vector<sys::Interest> interests;
    Deadline deadline;
  };
  /// Decides one wait, after it has done whatever is to happen meanwhile.
  using Answer = std::function<sys::Waited(const detail::Ticket&)>;

  sys::Waited wait(std::span<const sys::Interest> interests, Deadline deadline,
                   std::chrono::steady_clock::time_point now,
                   const detail::Ticket& ticket) noexcept override;
  void wake() noexcept override { log.emplace_back("wake"); }
  void clear() noexcept override;
  unsigned parked() const noexcept override { return 0; }
  void after_fork() noexcept override { log.emplace_back("after_fork"); }

  /// The next wait that is not planned yet gets `answer`.
  void plan(Answer answer) { answers_.push_back(std::move(answer)); }
  void plan(sys::Waited::Outcome outcome, std::error_code error = {});

  std::vector<std::string> log;  // wait, wake, clear, after_fork; tests add their own words
  std::vector<Asked> asked;
  std::function<void()> on_clear = [] {};

 private:
  std::vector<Answer> answers_;
};

/// What a TcpManager refers to, waiting by a FakeWaiter.
struct FakeManager {
  explicit FakeManager(std::shared_ptr<detail::ManagerState> parent = nullptr)
      : FakeManager(std::make_unique<FakeWaiter>(), std::move(parent)) {}

  FakeWaiter& waiter;
  std::shared_ptr<detail::ManagerState> state;

 private:
  FakeManager(std::unique_ptr<FakeWaiter> fake, std::shared_ptr<detail::ManagerState> parent)
      : waiter(*fake),
        state(std::make_shared<detail::ManagerState>(std::move(parent), std::move(fake),
                                                     TcpManagerOptions{.spin = {}})) {}
};

}  // namespace mtcp::test
