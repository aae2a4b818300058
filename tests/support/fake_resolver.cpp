#include "support/fake_resolver.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string_view>
#include <thread>

#include <gtest/gtest.h>
#include <mtcp/deadline.hpp>

#include "support/fake_look_up.hpp"

namespace mtcp::test {

using namespace std::chrono_literals;

namespace {

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

}  // namespace

std::optional<FakeAnswer> fake_look_up(std::string_view host) {
  Resolver& resolver = Resolver::instance();
  std::unique_lock lock(resolver.mutex);
  ++resolver.asked;
  const auto found = resolver.names.find(std::string(host));
  if (found == resolver.names.end()) {
    // Left over from a test that has ended: none of the network's business.
    if (host.ends_with(".test")) return FakeAnswer{{}, no_such_name, 0};
    return std::nullopt;
  }
  Name& name = found->second;
  ++name.asked;
  ++resolver.under_way;
  resolver.changed.wait(lock, [&] { return !name.silent || name.let_go > 0; });
  if (name.silent) --name.let_go;
  FakeAnswer answer{name.addresses, name.error, name.system_error};
  --resolver.under_way;
  resolver.changed.notify_all();
  return answer;
}

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
  fail(host, no_such_name);
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
