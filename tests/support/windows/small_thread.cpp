#include "support/small_thread.hpp"

#include <process.h>
#include <system_error>
#include <utility>

#include "sys/windows/winsock.hpp"
// After the sockets' headers.
#include <tlhelp32.h>

namespace mtcp::test {

namespace {

unsigned __stdcall run_body(void* body) {
  (*static_cast<std::function<void()>*>(body))();
  return 0;
}

}  // namespace

SmallThread::SmallThread(std::function<void()> body) : body_(std::move(body)) {
  const auto made = ::_beginthreadex(nullptr, 256 * 1024, run_body, &body_,
                                     STACK_SIZE_PARAM_IS_A_RESERVATION, nullptr);
  if (made == 0) throw std::system_error(errno, std::generic_category(), "_beginthreadex");
  thread_ = made;
}

SmallThread::~SmallThread() {
  const auto thread = reinterpret_cast<HANDLE>(thread_);
  ::WaitForSingleObject(thread, INFINITE);
  ::CloseHandle(thread);
}

unsigned thread_count() {
  const HANDLE all = ::CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
  THREADENTRY32 thread{};
  thread.dwSize = sizeof thread;
  unsigned count = 0;
  for (BOOL more = ::Thread32First(all, &thread); more; more = ::Thread32Next(all, &thread))
    count += thread.th32OwnerProcessID == ::GetCurrentProcessId();
  ::CloseHandle(all);
  return count;
}

}  // namespace mtcp::test
