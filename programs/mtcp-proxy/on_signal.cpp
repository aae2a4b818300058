#include "on_signal.hpp"

#include <utility>

namespace proxy {

OnSignal::OnSignal(int signal, std::function<void()> action)
    : action_(std::move(action)),
      life_(mtcp::or_raise(mtcp::TcpManager::create())),
      signal_(mtcp::or_raise(life_.child())),
      hook_(mtcp::or_raise(mtcp::CancelOnSignal::install(signal_.canceller(), {signal}))),
      thread_([this] { wait_and_act(); }) {}

OnSignal::~OnSignal() {
  life_.canceller().cancel();
  thread_.join();
}

/// Restarts before it acts, so that a signal that comes meanwhile cancels the next sleep.
void OnSignal::wait_and_act() const {
  for (;;) {
    const auto slept = signal_.sleep(mtcp::Deadline::never());
    if (life_.cancelled() || slept || !slept.error().cancelled()) return;
    signal_.restart();
    action_();
  }
}

}  // namespace proxy
