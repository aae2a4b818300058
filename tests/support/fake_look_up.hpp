#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <mtcp/socket_addr.hpp>

/// Between a FakeResolver and what the linker puts in the place of the system's one.
namespace mtcp::test {

/// What a look-up is to come to.
struct FakeAnswer {
  std::vector<SocketAddr> addresses;
  int error = 0;  // the resolver's, then there are no addresses
  int system_error = 0;
};

/// The answer for a name of the test's own, once it is to come; nothing if the system is to answer.
std::optional<FakeAnswer> fake_look_up(std::string_view host);

/// The system's error for a name that does not exist.
extern const int no_such_name;

}  // namespace mtcp::test
