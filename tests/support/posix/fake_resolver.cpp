#include "support/fake_resolver.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <netdb.h>
#include <netinet/in.h>
#include <string_view>
#include <thread>

#include <gtest/gtest.h>
#include <mtcp/deadline.hpp>

namespace mtcp::test {

using namespace std::chrono_literals;

namespace {

/// What getaddrinfo() returns, and the memory of it.
struct Found {
  struct Entry {
    addrinfo info{};
    sockaddr_storage address{};
  };

  std::list<Entry> entries;
};

struct Name {
  std::vector<SocketAddr> addresses;
  int error = 0;
  int system_error = 0;
  bool silent = false;
  unsigned let_go = 0;  // how many may pass although it is silent
  unsigned asked = 0;
};

/// Never destroyed: a look-up may hang while the process ends.
struct Resolver {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, Name> names;
  std::map<const addrinfo*, std::unique_ptr<Found>> found;
  unsigned asked = 0;
  unsigned under_way = 0;

  static Resolver& instance() {
    static Resolver& resolver = *new Resolver;
    return resolver;
  }

  template <class Change>
  void change(Change change) {
    const std::lock_guard lock(mutex);
    change();
    changed.notify_all();
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

int hand_out(Resolver& resolver, const Name& name, addrinfo** result) {
  if (name.error != 0) {
    errno = name.system_error;
    return name.error;
  }
  auto found = std::make_unique<Found>();
  for (const SocketAddr& address : name.addresses) put(*found, address);
  addrinfo* next = nullptr;
  for (auto entry = found->entries.rbegin(); entry != found->entries.rend(); ++entry) {
    entry->info.ai_next = next;
    next = &entry->info;
  }
  *result = next;
  if (next) resolver.found.emplace(next, std::move(found));
  return 0;
}

/// Fakes the look-up if `host` is a name of the test's.
bool fakes(const char* host, addrinfo** result, int& status) {
  Resolver& resolver = Resolver::instance();
  std::unique_lock lock(resolver.mutex);
  ++resolver.asked;
  const auto found = resolver.names.find(host);
  if (found == resolver.names.end()) {
    status = EAI_NONAME;  // left over from a test that has ended: none of the network's business
    return std::string_view(host).ends_with(".test");
  }
  Name& name = found->second;
  ++name.asked;
  ++resolver.under_way;
  resolver.changed.wait(lock, [&] { return !name.silent || name.let_go > 0; });
  if (name.silent) --name.let_go;
  status = hand_out(resolver, name, result);
  const int kept = errno;
  --resolver.under_way;
  resolver.changed.notify_all();
  errno = kept;
  return true;
}

bool was_ours(addrinfo* result) {
  Resolver& resolver = Resolver::instance();
  const std::lock_guard lock(resolver.mutex);
  return resolver.found.erase(result) != 0;
}

}  // namespace

FakeResolver::FakeResolver() {
  Resolver& resolver = Resolver::instance();
  resolver.change([&] { resolver.asked = 0; });
}

FakeResolver::~FakeResolver() {
  Resolver& resolver = Resolver::instance();
  std::unique_lock lock(resolver.mutex);
  for (auto& [host, name] : resolver.names) name.silent = false;
  resolver.changed.notify_all();
  resolver.changed.wait(lock, [&] { return resolver.under_way == 0; });
  resolver.names.clear();
}

void FakeResolver::answer(const std::string& host, const std::vector<SocketAddr>& addresses) {
  Resolver& resolver = Resolver::instance();
  resolver.change([&] { resolver.names[host].addresses = addresses; });
}

void FakeResolver::deny(const std::string& host) {
  fail(host, EAI_NONAME);
}

void FakeResolver::fail(const std::string& host, int error, int system_error) {
  Resolver& resolver = Resolver::instance();
  resolver.change([&] {
    resolver.names[host].error = error;
    resolver.names[host].system_error = system_error;
  });
}

void FakeResolver::silence(const std::string& host) {
  Resolver& resolver = Resolver::instance();
  resolver.change([&] { resolver.names[host].silent = true; });
}

void FakeResolver::let_one_go(const std::string& host) {
  Resolver& resolver = Resolver::instance();
  resolver.change([&] { ++resolver.names[host].let_go; });
}

void FakeResolver::let_go(const std::string& host) {
  Resolver& resolver = Resolver::instance();
  resolver.change([&] { resolver.names[host].silent = false; });
}

unsigned FakeResolver::asked(const std::string& host) const {
  Resolver& resolver = Resolver::instance();
  const std::lock_guard lock(resolver.mutex);
  const auto found = resolver.names.find(host);
  return found == resolver.names.end() ? 0 : found->second.asked;
}

void FakeResolver::wait_until_asked(const std::string& host, unsigned count) const {
  const Deadline patience(60s);
  while (asked(host) < count) {
    if (patience.expired()) {
      ADD_FAILURE() << host << " was asked for " << asked(host) << " times, not " << count;
      return;
    }
    std::this_thread::sleep_for(200us);
  }
}

unsigned FakeResolver::asked_in_all() const {
  Resolver& resolver = Resolver::instance();
  const std::lock_guard lock(resolver.mutex);
  return resolver.asked;
}

unsigned FakeResolver::under_way() const {
  Resolver& resolver = Resolver::instance();
  const std::lock_guard lock(resolver.mutex);
  return resolver.under_way;
}

}  // namespace mtcp::test

// What the linker puts in the place of the library's calls.

extern "C" {

int __real_getaddrinfo(const char*, const char*, const addrinfo*, addrinfo**);
int __wrap_getaddrinfo(const char* host, const char* service, const addrinfo* hints,
                       addrinfo** result) {
  int status = 0;
  if (mtcp::test::fakes(host, result, status)) return status;
  return __real_getaddrinfo(host, service, hints, result);
}

void __real_freeaddrinfo(addrinfo*);
void __wrap_freeaddrinfo(addrinfo* result) {
  if (!mtcp::test::was_ours(result)) __real_freeaddrinfo(result);
}

}  // extern "C"
