#include "support/fake_waiter.hpp"

#include <utility>

#include <gtest/gtest.h>

namespace mtcp::test {

sys::Waited FakeWaiter::wait(std::span<const sys::Interest> interests, Deadline deadline,
                             std::chrono::steady_clock::time_point,
                             const detail::Ticket& ticket) noexcept {
  log.emplace_back("wait");
  asked.push_back({{interests.begin(), interests.end()}, deadline});
  if (asked.size() > answers_.size()) {
    ADD_FAILURE() << "wait number " << asked.size() << " is not planned";
    return {sys::Waited::Outcome::Failed, std::make_error_code(std::errc::not_supported)};
  }
  return answers_[asked.size() - 1](ticket);
}

void FakeWaiter::clear() noexcept {
  log.emplace_back("clear");
  on_clear();
}

void FakeWaiter::plan(sys::Waited::Outcome outcome, std::error_code error) {
  plan([=](const detail::Ticket&) { return sys::Waited{outcome, error}; });
}

}  // namespace mtcp::test
