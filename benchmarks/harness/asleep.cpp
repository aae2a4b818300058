#include "harness/asleep.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <unistd.h>

#include "harness/fail.hpp"

namespace bench {

namespace {

/// A thread that ends meanwhile counts as awake.
bool is_asleep(const std::filesystem::path& task) {
  std::ifstream file(task / "stat");
  std::string stat;
  std::getline(file, stat);
  // The state comes after the name, which is in parentheses and may itself contain some.
  const auto name_end = stat.rfind(')');
  return name_end != std::string::npos && stat.size() > name_end + 2 && stat[name_end + 2] == 'S';
}

bool are_all_asleep() {
  const std::string own = std::to_string(::gettid());
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task"))
    if (task.path().filename() != own && !is_asleep(task.path())) return false;
  return true;
}

}  // namespace

void wait_until_all_asleep() {
  constexpr int attempts = 1000;
  int in_a_row = 0;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    in_a_row = are_all_asleep() ? in_a_row + 1 : 0;
    if (in_a_row == 2) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  fail("the threads do not come to rest");
}

}  // namespace bench
