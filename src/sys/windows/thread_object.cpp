#include "sys/thread_object.hpp"

#include <new>

#include "sys/windows/per_thread.hpp"

namespace mtcp::sys {

namespace {

using Object = std::shared_ptr<void>;

void WINAPI destroy(void* object) noexcept {
  delete static_cast<Object*>(object);
}

}  // namespace

Object* thread_object() noexcept {
  static PerThread<Object> own(destroy);
  if (Object* object = own.get()) return object;
  auto made = std::unique_ptr<Object>(new (std::nothrow) Object);
  if (!made || !own.set(made.get())) return nullptr;
  return made.release();
}

}  // namespace mtcp::sys
