#include <cerrno>
#include <cstring>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <netdb.h>
#include <netinet/in.h>

#include "support/fake_look_up.hpp"

namespace mtcp::test {

const int no_such_name = EAI_NONAME;

namespace {

/// What getaddrinfo() returns, and the memory of it.
struct Found {
  struct Entry {
    addrinfo info{};
    sockaddr_storage address{};
  };

  std::list<Entry> entries;
};

/// What was handed out and not freed yet. Never destroyed: a look-up may hang while the process
/// ends.
struct HandedOut {
  std::mutex mutex;
  std::map<const addrinfo*, std::unique_ptr<Found>> found;

  static HandedOut& instance() {
    static HandedOut& handed_out = *new HandedOut;
    return handed_out;
  }
};

void put(Found& found, const SocketAddr& address) {
  auto& entry = found.entries.emplace_back();
  if (address.is_v4()) {
    sockaddr_in native{};
    native.sin_family = AF_INET;
    std::memcpy(&native.sin_addr, address.octets().data(), sizeof native.sin_addr);
    std::memcpy(&entry.address, &native, sizeof native);
    entry.info.ai_addrlen = sizeof native;
  } else {
    sockaddr_in6 native{};
    native.sin6_family = AF_INET6;
    native.sin6_scope_id = address.zone();
    std::memcpy(&native.sin6_addr, address.octets().data(), sizeof native.sin6_addr);
    std::memcpy(&entry.address, &native, sizeof native);
    entry.info.ai_addrlen = sizeof native;
  }
  entry.info.ai_family = entry.address.ss_family;
  entry.info.ai_socktype = SOCK_STREAM;
  entry.info.ai_addr = reinterpret_cast<sockaddr*>(&entry.address);
}

int hand_out(const FakeAnswer& answer, addrinfo** result) {
  if (answer.error != 0) {
    errno = answer.system_error;
    return answer.error;
  }
  auto found = std::make_unique<Found>();
  for (const SocketAddr& address : answer.addresses) put(*found, address);
  addrinfo* next = nullptr;
  for (auto entry = found->entries.rbegin(); entry != found->entries.rend(); ++entry) {
    entry->info.ai_next = next;
    next = &entry->info;
  }
  *result = next;
  if (!next) return 0;
  HandedOut& handed_out = HandedOut::instance();
  const std::lock_guard lock(handed_out.mutex);
  handed_out.found.emplace(next, std::move(found));
  return 0;
}

bool was_ours(addrinfo* result) {
  HandedOut& handed_out = HandedOut::instance();
  const std::lock_guard lock(handed_out.mutex);
  return handed_out.found.erase(result) != 0;
}

}  // namespace

}  // namespace mtcp::test

// What the linker puts in the place of the library's calls.

extern "C" {

int __real_getaddrinfo(const char*, const char*, const addrinfo*, addrinfo**);
int __wrap_getaddrinfo(const char* host, const char* service, const addrinfo* hints,
                       addrinfo** result) {
  if (const auto answer = mtcp::test::fake_look_up(host))
    return mtcp::test::hand_out(*answer, result);
  return __real_getaddrinfo(host, service, hints, result);
}

void __real_freeaddrinfo(addrinfo*);
void __wrap_freeaddrinfo(addrinfo* result) {
  if (!mtcp::test::was_ours(result)) __real_freeaddrinfo(result);
}

}  // extern "C"
