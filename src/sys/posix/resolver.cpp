#include "sys/resolver.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>

#include "sys/posix/address.hpp"
#include "sys/posix/error.hpp"

namespace mtcp::sys {

namespace {

class ResolverCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "resolver"; }
  std::string message(int value) const override { return ::gai_strerror(value); }
};

std::error_code resolver_error(int value) noexcept {
  // Never destroyed: a look-up that was left to itself may end while the process does.
  static const auto& category = *new ResolverCategory;
  if (value == EAI_SYSTEM && errno != 0) return last_error();
  if (value == EAI_MEMORY) return std::make_error_code(std::errc::not_enough_memory);
  return {value, category};
}

SocketAddr address_of(const addrinfo& info) noexcept {
  sockaddr_storage storage{};
  std::memcpy(&storage, info.ai_addr, std::min<std::size_t>(info.ai_addrlen, sizeof storage));
  return from_native(storage);
}

}  // namespace

Expected<std::vector<SocketAddr>> look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int status = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (status != 0) return std::unexpected(resolver_error(status));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  std::vector<SocketAddr> addresses;
  for (const addrinfo* info = found; info; info = info->ai_next) {
    if (info->ai_family != AF_INET && info->ai_family != AF_INET6) continue;
    const SocketAddr address = address_of(*info);
    if (std::ranges::find(addresses, address) == addresses.end()) addresses.push_back(address);
  }
  if (addresses.empty()) return std::unexpected(resolver_error(EAI_NONAME));
  return addresses;
}

std::error_code run_detached(void (*body)()) noexcept {
  sigset_t all;
  sigset_t mask;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &mask);  // the new thread inherits it
  // A std::thread would ask operator new for memory.
  const auto run = [](void* argument) -> void* {
    reinterpret_cast<void (*)()>(argument)();
    return nullptr;
  };
  pthread_t thread{};
  const int status = ::pthread_create(&thread, nullptr, run, reinterpret_cast<void*>(body));
  if (status == 0) ::pthread_detach(thread);
  ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  return {status, std::system_category()};
}

}  // namespace mtcp::sys
