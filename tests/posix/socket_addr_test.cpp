#include <algorithm>
#include <string_view>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "sys/posix/address.hpp"

namespace mtcp::test {
namespace {

// D13
TEST(SocketAddr, SurvivesTheSystemsForm) {
  for (const std::string_view text : {"0.0.0.0:0", "1.2.3.4:258", "255.255.255.255:65535", "[::]:0",
                                      "[102:304:506:708:90a:b0c:d0e:f10]:258", "[fe80::1%7]:1"}) {
    const auto address = or_raise(SocketAddr::parse(text));
    const sys::NativeAddress native(address);
    sockaddr_storage storage{};
    std::copy_n(reinterpret_cast<const char*>(native.get()), native.size(),
                reinterpret_cast<char*>(&storage));
    EXPECT_EQ(sys::from_native(storage), address);
  }
}

}  // namespace
}  // namespace mtcp::test
