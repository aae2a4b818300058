#include "sys/resolver.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <new>
#include <thread>

#include "sys/windows/address.hpp"
#include "sys/windows/error.hpp"
#include "sys/windows/stay_loaded.hpp"

namespace mtcp::sys {

namespace {

class ResolverCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "resolver"; }

  std::string message(int code) const override {
    switch (code) {
      case WSAHOST_NOT_FOUND:
        return "Host not found";
      case WSANO_DATA:
        return "The host has no address";
      case WSATRY_AGAIN:
        return "Temporary failure in name resolution";
      case WSANO_RECOVERY:
        return "Non-recoverable failure in name resolution";
      default:
        return sys::error_category().message(code);
    }
  }
};

std::error_code resolver_error(int code) noexcept {
  // Never destroyed: a look-up that was left to itself may end while the process does.
  static const auto& category = *new ResolverCategory;
  if (code == WSA_NOT_ENOUGH_MEMORY) return make_error(std::errc::not_enough_memory);
  return {code, category};
}

/// From UTF-8; empty if it is none.
std::wstring to_wide(const std::string& text) {
  const int size =
      static_cast<int>(std::min<std::size_t>(text.size(), std::numeric_limits<int>::max()));
  const auto convert = [&](wchar_t* result, int room) {
    return ::MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text.data(), size, result, room);
  };
  std::wstring wide(static_cast<std::size_t>(std::max(convert(nullptr, 0), 0)), L'\0');
  if (!wide.empty()) convert(wide.data(), static_cast<int>(wide.size()));
  return wide;
}

}  // namespace

Expected<std::vector<SocketAddr>> look_up(const std::string& host) {
  if (const auto error = start_winsock()) return std::unexpected(error);
  const std::wstring name = to_wide(host);
  if (name.empty()) return std::unexpected(resolver_error(WSAHOST_NOT_FOUND));
  ADDRINFOW hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  ADDRINFOW* found = nullptr;
  const int status = ::GetAddrInfoW(name.c_str(), nullptr, &hints, &found);
  if (status != 0) return std::unexpected(resolver_error(status));
  const std::unique_ptr<ADDRINFOW, decltype(&::FreeAddrInfoW)> owner(found, ::FreeAddrInfoW);
  std::vector<SocketAddr> addresses;
  for (const ADDRINFOW* info = found; info; info = info->ai_next) {
    if (info->ai_family != AF_INET && info->ai_family != AF_INET6) continue;
    const SocketAddr address = from_native(*info->ai_addr);
    if (std::ranges::find(addresses, address) == addresses.end()) addresses.push_back(address);
  }
  if (addresses.empty()) return std::unexpected(resolver_error(WSANO_DATA));
  return addresses;
}

std::error_code run_detached(void (*body)()) noexcept {
  if (!stay_loaded()) return last_error();
  try {
    std::thread(body).detach();
  } catch (const std::system_error& failure) {
    return failure.code();
  } catch (const std::bad_alloc&) {
    return make_error(std::errc::not_enough_memory);
  }
  return {};
}

}  // namespace mtcp::sys
