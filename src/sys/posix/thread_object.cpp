#include "sys/thread_object.hpp"

namespace mtcp::sys {

std::shared_ptr<void>* thread_object() noexcept {
  thread_local std::shared_ptr<void> own;
  return &own;
}

}  // namespace mtcp::sys
