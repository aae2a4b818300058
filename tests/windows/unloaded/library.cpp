#include <chrono>

#include <mtcp/mtcp.hpp>

#include "sys/windows/winsock.hpp"

// What unload_test.cpp calls in a DLL. All of it succeeds, or it is false.

extern "C" __declspec(dllexport) bool wait_in_dll() {
  const auto manager = mtcp::TcpManager::create();
  return manager && manager->sleep(std::chrono::milliseconds(1));
}

extern "C" __declspec(dllexport) bool catch_signals_in_dll() {
  const auto manager = mtcp::TcpManager::create();
  return manager && mtcp::CancelOnSignal::install(manager->canceller());
}
