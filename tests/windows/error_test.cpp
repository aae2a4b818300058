#include "sys/windows/error.hpp"

#include <system_error>
#include <utility>

#include <gtest/gtest.h>
// After the sockets' headers.
#include <winternl.h>

namespace mtcp::test {
namespace {

// What becomes of a connect is told by the driver in words of its own (ntstatus.h, whose names
// collide with those of windows.h).
TEST(WindowsError, TellsTheDriversWordAsWinsockDoes) {
  constexpr std::pair<unsigned, int> words[] = {
      {0xc0000022, WSAEACCES},        // STATUS_ACCESS_DENIED
      {0xc00000b5, WSAETIMEDOUT},     // STATUS_IO_TIMEOUT
      {0xc000020d, WSAECONNRESET},    // STATUS_CONNECTION_RESET
      {0xc0000236, WSAECONNREFUSED},  // STATUS_CONNECTION_REFUSED
      {0xc000023c, WSAENETUNREACH},   // STATUS_NETWORK_UNREACHABLE
      {0xc000023d, WSAEHOSTUNREACH},  // STATUS_HOST_UNREACHABLE
      {0xc000023f, WSAECONNREFUSED},  // STATUS_PORT_UNREACHABLE
      {0xc0000241, WSAECONNABORTED},  // STATUS_CONNECTION_ABORTED
  };
  for (const auto& [status, code] : words) {
    const auto error = sys::winsock_error(::RtlNtStatusToDosError(static_cast<NTSTATUS>(status)));
    EXPECT_EQ(error, std::error_code(code, sys::error_category())) << std::hex << status;
    EXPECT_EQ(error.default_error_condition().category(), std::generic_category()) << code;
  }
}

TEST(WindowsError, LeavesWhatWinsockHasNoWordFor) {
  EXPECT_EQ(sys::winsock_error(ERROR_DISK_FULL).value(), ERROR_DISK_FULL);
}

}  // namespace
}  // namespace mtcp::test
