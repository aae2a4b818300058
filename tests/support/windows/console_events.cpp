#include "support/windows/console_events.hpp"

#include <algorithm>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "support/system_calls.hpp"
#include "sys/windows/winsock.hpp"

namespace mtcp::test {

namespace {

constexpr const wchar_t* run_again = L"MTCP_TEST_IS_RUN_AGAIN";
constexpr DWORD patience = 60'000;

std::mutex mutex;
std::vector<PHANDLER_ROUTINE> registered;

void keep_in_mind(PHANDLER_ROUTINE handler, BOOL add) {
  const std::lock_guard lock(mutex);
  if (add)
    registered.push_back(handler);
  else if (const auto found = std::ranges::find(registered, handler); found != registered.end())
    registered.erase(found);
}

DWORD WINAPI call_handlers(void* event) {
  std::unique_lock lock(mutex);
  const auto handlers = registered;
  lock.unlock();
  const auto number = static_cast<DWORD>(reinterpret_cast<std::uintptr_t>(event));
  for (auto each = handlers.rbegin(); each != handlers.rend(); ++each)
    if ((*each)(number)) return TRUE;
  return FALSE;
}

/// What the system's thread returns, or STILL_ACTIVE if it did not within `limit`.
DWORD tell(DWORD event, DWORD limit) {
  void* const parameter = reinterpret_cast<void*>(std::uintptr_t{event});
  const HANDLE thread = ::CreateThread(nullptr, 0, call_handlers, parameter, 0, nullptr);
  EXPECT_TRUE(thread);
  ::WaitForSingleObject(thread, limit);
  DWORD result = STILL_ACTIVE;
  ::GetExitCodeThread(thread, &result);
  ::CloseHandle(thread);
  return result;
}

[[noreturn]] void fail(const char* what) {
  throw std::system_error(static_cast<int>(::GetLastError()), std::system_category(), what);
}

std::wstring command_for_this_test() {
  std::wstring command(MAX_PATH, L'\0');
  command.resize(::GetModuleFileNameW(nullptr, command.data(), MAX_PATH));
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  const std::string name = std::string(test->test_suite_name()) + "." + test->name();
  return L'"' + command + L"\" --gtest_brief=1 --gtest_filter=" +
         std::wstring(name.begin(), name.end());
}

}  // namespace

bool is_taken_by_a_handler(unsigned long event) {
  return tell(event, patience) == TRUE;
}

bool is_held_by_a_handler(unsigned long event) {
  return tell(event, 200) == STILL_ACTIVE;
}

bool is_run_again() {
  return ::GetEnvironmentVariableW(run_again, nullptr, 0) != 0;
}

unsigned long run_again_in_a_console() {
  std::wstring command = command_for_this_test();
  STARTUPINFOW start{};
  start.cb = sizeof start;
  PROCESS_INFORMATION process{};
  ::SetEnvironmentVariableW(run_again, L"1");
  const BOOL started = ::CreateProcessW(nullptr, command.data(), nullptr, nullptr, FALSE,
                                        CREATE_NO_WINDOW, nullptr, nullptr, &start, &process);
  ::SetEnvironmentVariableW(run_again, nullptr);
  if (!started) fail("CreateProcess");
  if (::WaitForSingleObject(process.hProcess, patience) != WAIT_OBJECT_0)
    ::TerminateProcess(process.hProcess, 99);
  DWORD code = 99;
  ::WaitForSingleObject(process.hProcess, patience);
  ::GetExitCodeProcess(process.hProcess, &code);
  ::CloseHandle(process.hThread);
  ::CloseHandle(process.hProcess);
  return code;
}

}  // namespace mtcp::test

extern "C" {

extern BOOL(WINAPI* __real___imp_SetConsoleCtrlHandler)(PHANDLER_ROUTINE, BOOL);
static BOOL WINAPI judged_SetConsoleCtrlHandler(PHANDLER_ROUTINE handler, BOOL add) {
  if (mtcp::test::judge("sigaction", -1).action == mtcp::test::Verdict::Action::Fail) {
    ::SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return FALSE;
  }
  const BOOL done = __real___imp_SetConsoleCtrlHandler(handler, add);
  if (done) mtcp::test::keep_in_mind(handler, add);
  return done;
}
BOOL(WINAPI* __wrap___imp_SetConsoleCtrlHandler)
(PHANDLER_ROUTINE, BOOL) = judged_SetConsoleCtrlHandler;

}  // extern "C"
