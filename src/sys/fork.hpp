#pragma once

namespace mtcp::sys {

/// Something that must be set right in the child after fork(2). Platforms without fork keep no
/// list. Construction and destruction may happen in any thread.
class ForkAware {
 public:
  ForkAware();
  ForkAware(const ForkAware&) = delete;
  ForkAware& operator=(const ForkAware&) = delete;

  /// Runs in the child, which has one thread, before fork() returns there. Async-signal-safe.
  virtual void after_fork() noexcept = 0;

 protected:
  virtual ~ForkAware();

 private:
  friend struct ForkList;

  ForkAware* previous_ = nullptr;
  ForkAware* next_ = nullptr;
};

}  // namespace mtcp::sys
