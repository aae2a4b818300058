#include <new>
#include <utility>
#include <vector>

#include <mtcp/cancel_on_signal.hpp>

#include "internals.hpp"
#include "sys/signals.hpp"

namespace mtcp {

namespace {

constexpr detail::OperationName catching = {"catch", "signal"};

}  // namespace

/// What the signal handler finds. It does not move, unlike its owner.
class CancelOnSignal::Hook final : public sys::SignalHook {
 public:
  explicit Hook(std::vector<TcpCanceller> cancellers) noexcept
      : cancellers_(std::move(cancellers)) {}
  ~Hook() {
    if (installed_) sys::unhook_signals(*this);
  }

  sys::SignalFailure install(std::span<const int> signals) {
    const auto failure = sys::hook_signals(*this, signals);
    installed_ = !failure.error;
    return failure;
  }

  bool on_signal() noexcept override {
    for (const TcpCanceller& canceller : cancellers_)
      if (canceller.cancel()) return true;
    return false;
  }

 private:
  std::vector<TcpCanceller> cancellers_;
  bool installed_ = false;
};

CancelOnSignal::CancelOnSignal(std::unique_ptr<Hook> hook) noexcept : hook_(std::move(hook)) {}
CancelOnSignal::CancelOnSignal(CancelOnSignal&& other) noexcept = default;
CancelOnSignal& CancelOnSignal::operator=(CancelOnSignal&& other) noexcept = default;
CancelOnSignal::~CancelOnSignal() = default;

Result<CancelOnSignal> CancelOnSignal::install(TcpCanceller canceller,
                                               std::initializer_list<int> signals) {
  return install(std::move(canceller), std::span<const int>(signals.begin(), signals.size()));
}

Result<CancelOnSignal> CancelOnSignal::install(TcpCanceller canceller,
                                               std::span<const int> signals) {
  return install_in_turn({&canceller, 1}, signals);
}

Result<CancelOnSignal> CancelOnSignal::install_in_turn(
    std::initializer_list<TcpCanceller> cancellers, std::initializer_list<int> signals) {
  return install_in_turn(std::span(cancellers.begin(), cancellers.size()),
                         std::span(signals.begin(), signals.size()));
}

Result<CancelOnSignal> CancelOnSignal::install_in_turn(std::span<const TcpCanceller> cancellers,
                                                       std::span<const int> signals) try {
  auto hook =
      std::make_unique<Hook>(std::vector<TcpCanceller>(cancellers.begin(), cancellers.end()));
  const auto failure = hook->install(signals);
  if (!failure.error) return CancelOnSignal(std::move(hook));
  const bool impossible = failure.error == std::errc::invalid_argument;
  return std::unexpected(detail::Internals::failure(failure.error, catching,
                                                    detail::Subject::number(failure.signal),
                                                    impossible ? "it cannot be caught" : nullptr));
} catch (const std::bad_alloc&) {
  return std::unexpected(
      detail::Internals::failure(std::make_error_code(std::errc::not_enough_memory), catching, {}));
}

}  // namespace mtcp
