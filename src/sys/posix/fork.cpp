#include "sys/fork.hpp"

#include <mutex>
#include <pthread.h>

namespace mtcp::sys {

/// Everything that is fork-aware. Never destroyed: threads may outlive static objects.
struct ForkList {
  std::mutex mutex;
  ForkAware* first = nullptr;

  ForkList() {
    ::pthread_atfork([] { instance().mutex.lock(); }, [] { instance().mutex.unlock(); },
                     [] {
                       for (ForkAware* each = instance().first; each; each = each->next_)
                         each->after_fork();
                       instance().mutex.unlock();
                     });
  }

  static ForkList& instance() {
    static ForkList& list = *new ForkList;
    return list;
  }
};

ForkAware::ForkAware() {
  ForkList& list = ForkList::instance();
  const std::lock_guard lock(list.mutex);
  next_ = list.first;
  if (next_) next_->previous_ = this;
  list.first = this;
}

ForkAware::~ForkAware() {
  ForkList& list = ForkList::instance();
  const std::lock_guard lock(list.mutex);
  (previous_ ? previous_->next_ : list.first) = next_;
  if (next_) next_->previous_ = previous_;
}

}  // namespace mtcp::sys
