#include "sys/windows/winsock.hpp"

#include "sys/windows/error.hpp"

namespace mtcp::sys {

std::error_code start_winsock() noexcept {
  static const int failed = [] {
    WSADATA data;
    return ::WSAStartup(MAKEWORD(2, 2), &data);
  }();
  return failed == 0 ? std::error_code() : windows_error(static_cast<DWORD>(failed));
}

}  // namespace mtcp::sys
