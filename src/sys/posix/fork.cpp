#include "sys/fork.hpp"

#include <mutex>
#include <pthread.h>
#include <signal.h>

namespace mtcp::sys {

/// Everything that is fork-aware. Never destroyed: threads may outlive static objects.
struct ForkList {
  std::mutex mutex;
  ForkRegistration* first = nullptr;
  sigset_t mask{};  // of the forking thread

  ForkList() { ::pthread_atfork(before, in_parent, in_child); }

  static ForkList& instance() {
    static ForkList& list = *new ForkList;
    return list;
  }

  template <class Call>
  void each(Call call) noexcept {
    for (ForkRegistration* entry = first; entry; entry = entry->next_) call(entry->object_);
  }

  static void before() noexcept {
    // A signal that reached the child too early would cancel through the parent's descriptors.
    sigset_t all;
    sigset_t mask;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &mask);
    ForkList& list = instance();
    list.mutex.lock();
    list.mask = mask;
    list.each([](ForkAware& object) { object.before_fork(); });
  }

  static void in_parent() noexcept {
    instance().each([](ForkAware& object) { object.after_fork_in_parent(); });
    finish();
  }

  static void in_child() noexcept {
    instance().each([](ForkAware& object) { object.after_fork_in_child(); });
    finish();
  }

  static void finish() noexcept {
    const sigset_t mask = instance().mask;
    instance().mutex.unlock();
    ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  }
};

namespace {

// Made before main(): a fork while another thread makes it would leave it half made in the child.
[[maybe_unused]] const ForkList& made_at_load = ForkList::instance();

}  // namespace

ForkRegistration::ForkRegistration(ForkAware& object) : object_(object) {
  ForkList& list = ForkList::instance();
  const std::lock_guard lock(list.mutex);
  next_ = list.first;
  if (next_) next_->previous_ = this;
  list.first = this;
}

ForkRegistration::~ForkRegistration() {
  ForkList& list = ForkList::instance();
  const std::lock_guard lock(list.mutex);
  (previous_ ? previous_->next_ : list.first) = next_;
  if (next_) next_->previous_ = previous_;
}

}  // namespace mtcp::sys
