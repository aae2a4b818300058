#pragma once

namespace mtcp::sys {

/// Something that must be set right around fork(2). Signals are blocked in the forking thread from
/// before the first of these calls until after the last.
class ForkAware {
 public:
  virtual void before_fork() noexcept {}
  virtual void after_fork_in_parent() noexcept {}
  /// In the child, which has this one thread. Async-signal-safe.
  virtual void after_fork_in_child() noexcept = 0;

 protected:
  ~ForkAware() = default;
};

/// While it lives, its object is told of forks. The last member of that object, so that it is never
/// told while half made. Platforms without fork keep no list.
class ForkRegistration {
 public:
  explicit ForkRegistration(ForkAware& object);
  ForkRegistration(const ForkRegistration&) = delete;
  ForkRegistration& operator=(const ForkRegistration&) = delete;
  ~ForkRegistration();

 private:
  friend struct ForkList;

  ForkAware& object_;
  ForkRegistration* previous_ = nullptr;
  ForkRegistration* next_ = nullptr;
};

}  // namespace mtcp::sys
