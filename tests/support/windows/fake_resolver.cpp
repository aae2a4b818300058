#include <cstring>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "support/fake_look_up.hpp"
#include "sys/windows/address.hpp"
#include "sys/windows/winsock.hpp"

namespace mtcp::test {

const int no_such_name = WSAHOST_NOT_FOUND;

namespace {

/// What GetAddrInfoW() returns, and the memory of it.
struct Found {
  struct Entry {
    ADDRINFOW info{};
    sockaddr_storage address{};
  };

  std::list<Entry> entries;
};

/// What was handed out and not freed yet. Never destroyed: a look-up may hang while the process
/// ends.
struct HandedOut {
  std::mutex mutex;
  std::map<const ADDRINFOW*, std::unique_ptr<Found>> found;

  static HandedOut& instance() {
    static HandedOut& handed_out = *new HandedOut;
    return handed_out;
  }
};

void put(Found& found, const SocketAddr& address) {
  auto& entry = found.entries.emplace_back();
  const sys::NativeAddress native(address);
  std::memcpy(&entry.address, native.get(), static_cast<std::size_t>(native.size()));
  entry.info.ai_addrlen = static_cast<std::size_t>(native.size());
  entry.info.ai_family = entry.address.ss_family;
  entry.info.ai_socktype = SOCK_STREAM;
  entry.info.ai_addr = reinterpret_cast<sockaddr*>(&entry.address);
}

int hand_out(const FakeAnswer& answer, ADDRINFOW** result) {
  if (answer.error != 0) return answer.error;
  auto found = std::make_unique<Found>();
  for (const SocketAddr& address : answer.addresses) put(*found, address);
  ADDRINFOW* next = nullptr;
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

bool was_ours(ADDRINFOW* result) {
  HandedOut& handed_out = HandedOut::instance();
  const std::lock_guard lock(handed_out.mutex);
  return handed_out.found.erase(result) != 0;
}

/// Names of tests are ASCII.
std::string narrow(const wchar_t* host) {
  std::string text;
  for (; *host; ++host) text += static_cast<char>(*host);
  return text;
}

}  // namespace

}  // namespace mtcp::test

// What the linker puts in the place of the pointers by which the library calls the system.

extern "C" {

using LookUp = int(WSAAPI*)(const wchar_t*, const wchar_t*, const ADDRINFOW*, ADDRINFOW**);
extern LookUp __real___imp_GetAddrInfoW;
static int WSAAPI faked_GetAddrInfoW(const wchar_t* host, const wchar_t* service,
                                     const ADDRINFOW* hints, ADDRINFOW** result) {
  if (const auto answer = mtcp::test::fake_look_up(mtcp::test::narrow(host)))
    return mtcp::test::hand_out(*answer, result);
  return __real___imp_GetAddrInfoW(host, service, hints, result);
}
LookUp __wrap___imp_GetAddrInfoW = faked_GetAddrInfoW;

using Free = void(WSAAPI*)(ADDRINFOW*);
extern Free __real___imp_FreeAddrInfoW;
static void WSAAPI faked_FreeAddrInfoW(ADDRINFOW* result) {
  if (!mtcp::test::was_ours(result)) __real___imp_FreeAddrInfoW(result);
}
Free __wrap___imp_FreeAddrInfoW = faked_FreeAddrInfoW;

}  // extern "C"
