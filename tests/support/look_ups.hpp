#pragma once

#include <string>
#include <thread>
#include <vector>

#include <mtcp/mtcp.hpp>

#include "support/fake_resolver.hpp"
#include "support/pair.hpp"

namespace mtcp::test {

/// How many look-ups run at once.
inline constexpr unsigned most_look_ups = 16;

/// Name servers that do not answer, and as many look-ups that wait for them as can run at once.
class FullHouse {
 public:
  explicit FullHouse(FakeResolver& names);
  FullHouse(const FullHouse&) = delete;
  FullHouse& operator=(const FullHouse&) = delete;
  ~FullHouse() { names_.let_go("full.test"); }

 private:
  FakeResolver& names_;
  TcpManager manager_ = make_manager();
  std::vector<std::jthread> waiting_;
};

/// A look-up of `host` that is under way and that nobody waits for any more.
void abandon(FakeResolver& names, const std::string& host);

}  // namespace mtcp::test
