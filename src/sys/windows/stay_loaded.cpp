#include "sys/windows/stay_loaded.hpp"

#include "sys/windows/winsock.hpp"

namespace mtcp::sys {

bool stay_loaded() noexcept {
  constexpr DWORD for_good = GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS;
  static const char inside = 0;
  HMODULE module = nullptr;
  return ::GetModuleHandleExW(for_good, reinterpret_cast<LPCWSTR>(&inside), &module) != FALSE;
}

}  // namespace mtcp::sys
