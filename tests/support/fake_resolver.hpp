#pragma once

#include <string>
#include <vector>

#include <mtcp/socket_addr.hpp>

namespace mtcp::test {

/// While it lives, the system's resolver has names of the test's own making: mtcp_tests is linked
/// with --wrap, so that every getaddrinfo() of the library passes through here. Other names go to
/// the real one. One at a time; all members from any thread.
class FakeResolver {
 public:
  FakeResolver();
  FakeResolver(const FakeResolver&) = delete;
  FakeResolver& operator=(const FakeResolver&) = delete;
  /// Lets go of every look-up that hangs and waits until it has ended.
  ~FakeResolver();

  /// `host` has these addresses; their ports do not count.
  void answer(const std::string& host, const std::vector<SocketAddr>& addresses);

  /// `host` is no name.
  void deny(const std::string& host);

  /// `host` is an error: EAI_NONAME and so on; `system_error` is the errno of EAI_SYSTEM.
  void fail(const std::string& host, int error, int system_error = 0);

  /// From now on look-ups of `host`, which has an answer, hang as with a silent name server, until
  /// let go.
  void silence(const std::string& host);

  /// Lets one look-up of `host` go that hangs, or the next that comes.
  void let_one_go(const std::string& host);

  /// Look-ups of `host` do not hang any more.
  void let_go(const std::string& host);

  /// How many look-ups of `host` have begun.
  unsigned asked(const std::string& host) const;

  /// Returns when that many have begun. Fails the test after a minute.
  void wait_until_asked(const std::string& host, unsigned count = 1) const;

  /// How many look-ups have begun at all, those of the real resolver included.
  unsigned asked_in_all() const;

  /// How many look-ups have not ended yet.
  unsigned under_way() const;
};

}  // namespace mtcp::test
