#include "harness/thread.hpp"

#include <sched.h>
#include <system_error>

namespace bench {

namespace {

constexpr std::size_t stack_size = 128 << 10;

void check(int code, const char* what) {
  if (code != 0) throw std::system_error(code, std::system_category(), what);
}

class Attributes {
 public:
  explicit Attributes(std::optional<int> processor) {
    check(::pthread_attr_init(&attributes_), "pthread_attr_init");
    check(::pthread_attr_setstacksize(&attributes_, stack_size), "pthread_attr_setstacksize");
    if (!processor) return;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<std::size_t>(*processor), &set);
    check(::pthread_attr_setaffinity_np(&attributes_, sizeof set, &set),
          "pthread_attr_setaffinity_np");
  }

  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() { ::pthread_attr_destroy(&attributes_); }

  const pthread_attr_t* get() const noexcept { return &attributes_; }

 private:
  pthread_attr_t attributes_;
};

}  // namespace

void Thread::start(std::optional<int> processor, void* (*entry)(void*), void* argument) {
  const Attributes attributes(processor);
  pthread_t handle{};
  check(::pthread_create(&handle, attributes.get(), entry, argument), "pthread_create");
  handle_ = handle;
}

void Thread::join() noexcept {
  if (handle_) ::pthread_join(*std::exchange(handle_, std::nullopt), nullptr);
}

}  // namespace bench
