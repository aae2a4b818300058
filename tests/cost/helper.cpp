#include "helper.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <fcntl.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>

#include "repeat.hpp"

namespace cost {

namespace {

/// The system call in which a thread sleeps, by /proc/[pid]/task/[tid]/syscall of proc(5).
class Sleep {
 public:
  explicit Sleep(pid_t thread)
      : file_(::open(("/proc/self/task/" + std::to_string(thread) + "/syscall").c_str(),
                     O_RDONLY | O_CLOEXEC)) {
    if (file_ < 0) fail("the system does not say in which system call a thread sleeps");
  }

  bool is_in(long system_call) const {
    std::array<char, 256> text;
    const auto size = ::pread(file_, text.data(), text.size(), 0);
    if (size < 0) fail("the system does not say in which system call a thread sleeps");
    long number = -1;  // also while it runs: then there is none
    std::from_chars(text.data(), text.data() + size, number);
    return number == system_call;
  }

 private:
  int file_;
};

}  // namespace

Helper::Helper(long system_call, Act act) {
  std::thread([this, system_call, act = std::move(act), sleep = Sleep(::gettid())] {
    for (unsigned i = 0; i < most; ++i) {
      while (done_.load() != i || !sleep.is_in(system_call))
        std::this_thread::sleep_for(std::chrono::microseconds(20));
      act(i);
    }
  }).detach();
}

}  // namespace cost
