#include <new>

#include <mtcp/tcp_manager.hpp>

#include "manager_state.hpp"
#include "operation.hpp"
#include "sys/thread_object.hpp"

namespace mtcp {

namespace {

constexpr detail::OperationName creating = {"create a manager", ""};

using State = std::shared_ptr<detail::ManagerState>;

TcpError creation_failure(std::error_code code, const char* reason = nullptr) {
  return detail::Internals::failure(code, creating, {}, reason);
}

Result<TcpManager> make(State parent, const TcpManagerOptions& options) {
  try {
    auto waiter = sys::make_waiter(parent ? &parent->waiter() : nullptr);
    if (!waiter) return std::unexpected(creation_failure(waiter.error()));
    return detail::Internals::manager(
        std::make_shared<detail::ManagerState>(std::move(parent), std::move(*waiter), options));
  } catch (const std::bad_alloc&) {
    return std::unexpected(creation_failure(std::make_error_code(std::errc::not_enough_memory)));
  }
}

Result<void> wait_for(const State& state, NativeHandle handle, sys::Direction direction,
                      Deadline deadline, detail::OperationName name) {
  detail::Operation operation(*state, deadline);
  const auto ready =
      operation.run(handle, direction, [&] { return sys::ready(handle, direction); });
  if (ready) return {};
  return std::unexpected(ready.error().error(name, detail::Subject::descriptor(handle)));
}

}  // namespace

TcpManager::TcpManager(std::shared_ptr<detail::ManagerState> state) noexcept
    : state_(std::move(state)) {}

Result<TcpManager> TcpManager::create(Options options) {
  if (options.spin < options.spin.zero())
    return std::unexpected(creation_failure(std::make_error_code(std::errc::invalid_argument),
                                            "Options::spin is negative"));
  return make(nullptr, options);
}

Result<TcpManager> TcpManager::instance() {
  std::shared_ptr<void>* const own = sys::thread_object();
  if (!own)
    return std::unexpected(creation_failure(std::make_error_code(std::errc::not_enough_memory)));
  if (*own) return TcpManager(std::static_pointer_cast<detail::ManagerState>(*own));
  auto created = create();
  if (created) *own = created->state_;
  return created;
}

Result<TcpManager> TcpManager::child() const {
  return make(state_, state_->options());
}

TcpCanceller TcpManager::canceller() const noexcept {
  return detail::Internals::canceller(state_);
}

bool TcpManager::cancelled() const noexcept {
  return state_->cancellation().any();
}

bool TcpManager::restart() const noexcept {
  return state_->restart();
}

Result<void> TcpManager::wait_readable(NativeHandle handle, Deadline deadline) const {
  return wait_for(state_, handle, sys::Direction::Read, deadline,
                  {"wait until readable", "on descriptor"});
}

Result<void> TcpManager::wait_writable(NativeHandle handle, Deadline deadline) const {
  return wait_for(state_, handle, sys::Direction::Write, deadline,
                  {"wait until writable", "on descriptor"});
}

Result<Readiness> TcpManager::wait_readable_or_writable(NativeHandle handle,
                                                        Deadline deadline) const {
  const sys::Interest interests[] = {{handle, sys::Direction::Read},
                                     {handle, sys::Direction::Write}};
  detail::Operation operation(*state_, deadline);
  const auto found = operation.run({interests, {}}, [&]() -> sys::Attempt<Readiness> {
    const auto readable = sys::ready(handle, sys::Direction::Read);
    if (!readable) return std::unexpected(readable.error());
    const auto writable = sys::ready(handle, sys::Direction::Write);
    if (!writable) return std::unexpected(writable.error());
    if (!*readable && !*writable) return std::nullopt;
    return Readiness{readable->has_value(), writable->has_value()};
  });
  if (found) return *found;
  return std::unexpected(found.error().error({"wait until readable or writable", "on descriptor"},
                                             detail::Subject::descriptor(handle)));
}

Result<void> TcpManager::sleep(Deadline deadline) const {
  detail::Operation operation(*state_, Deadline::never());
  if (auto slept = operation.pause(deadline); !slept)
    return std::unexpected(slept.error().error({"sleep", ""}, {}));
  return {};
}

TcpCanceller::TcpCanceller(std::shared_ptr<detail::ManagerState> state) noexcept
    : state_(std::move(state)) {}

bool TcpCanceller::cancel() const noexcept {
  return state_->cancel();
}

bool TcpCanceller::cancelled() const noexcept {
  return state_->cancellation().own();
}

}  // namespace mtcp
