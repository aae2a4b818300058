#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "support/windows/console_events.hpp"
#include "sys/windows/winsock.hpp"

// A program that lets go of a DLL with mtcp inside. What goes wrong ends the process.

namespace mtcp::test {
namespace {

/// The DLL that stands beside this program.
class Dll {
 public:
  Dll() : module_(::LoadLibraryW(L"mtcp_unloaded.dll")) { EXPECT_TRUE(module_); }

  bool call(const char* name) const {
    const auto function =
        reinterpret_cast<bool (*)()>(reinterpret_cast<void*>(::GetProcAddress(module_, name)));
    return function && function();
  }

  void let_go() const { EXPECT_TRUE(::FreeLibrary(module_)); }

 private:
  HMODULE module_;
};

TEST(Unload, DoesNotHarmThreadsThatHaveWaited) {
  const Dll dll;
  std::promise<void> waited;
  std::promise<void> gone;
  std::jthread thread([&] {
    EXPECT_TRUE(dll.call("wait_in_dll"));
    waited.set_value();
    gone.get_future().wait();
  });
  waited.get_future().wait();
  dll.let_go();
  gone.set_value();
  thread.join();  // the system tells mtcp that the thread ends
}

HANDLE told = nullptr;

BOOL WINAPI tell(DWORD) {
  ::SetEvent(told);
  return TRUE;
}

TEST(Unload, DoesNotHarmAProgramThatHearsOfCtrlC) {
  if (!is_run_again()) {
    EXPECT_EQ(run_again_in_a_console(), 0U);
    return;
  }
  told = ::CreateEventW(nullptr, TRUE, FALSE, nullptr);
  ASSERT_TRUE(::SetConsoleCtrlHandler(tell, TRUE));
  const Dll dll;
  EXPECT_TRUE(dll.call("catch_signals_in_dll"));
  dll.let_go();
  ASSERT_TRUE(::GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0));
  EXPECT_EQ(::WaitForSingleObject(told, 60'000), WAIT_OBJECT_0);
}

}  // namespace
}  // namespace mtcp::test
