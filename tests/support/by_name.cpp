#include "support/by_name.hpp"

#include <algorithm>
#include <thread>

#include <gtest/gtest.h>

#include "support/patience.hpp"

namespace mtcp::test {

using namespace std::chrono_literals;

SocketAddr address_of(std::string_view host, std::uint16_t port) {
  return or_raise(resolve(make_manager(), host, port)).front();
}

std::uint16_t port_of(const TcpListener& listener) {
  return or_raise(listener.local_addr()).port();
}

void expect_once_within(std::chrono::nanoseconds limit, const std::function<void()>& operation) {
  std::chrono::nanoseconds least = std::chrono::nanoseconds::max();
  for (int tries = 0; tries < 10 && least >= limit; ++tries)
    least = std::min(least, elapsed(operation));
  EXPECT_LT(least, limit);
}

std::vector<std::string> tried(const std::string& message) {
  constexpr std::string_view start = " (tried ";
  std::vector<std::string> found;
  const auto begin = message.find(start);
  if (begin == message.npos) return found;
  std::string_view rest = std::string_view(message).substr(begin + start.size());
  for (;;) {
    found.emplace_back(rest.substr(0, rest.find(": ")));
    const auto next = rest.find("; ");
    if (next == rest.npos) return found;
    rest.remove_prefix(next + 2);
  }
}

void CallCount::wait_until(unsigned count) const {
  const Deadline patience(60s);
  while (count_ < count && !patience.expired()) std::this_thread::sleep_for(200us);
  EXPECT_GE(count_, count);
}

}  // namespace mtcp::test
