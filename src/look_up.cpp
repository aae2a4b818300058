#include "look_up.hpp"

#include <deque>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>

#include "address_parser.hpp"
#include "sys/event.hpp"
#include "sys/fork.hpp"
#include "sys/resolver.hpp"

namespace mtcp::detail {

namespace {

using Addresses = std::vector<SocketAddr>;

/// One question to the resolver. Whoever is last, the thread that asks or the operation that waits,
/// frees it; its descriptor is gone as soon as nobody waits.
class Question {
 public:
  Question(std::string host, sys::Event answered)
      : host_(std::move(host)), answered_(std::move(answered)) {}

  void ask() noexcept {
    auto answer = look_up();
    const std::lock_guard lock(mutex_);
    if (!answered_) return;
    answer_ = std::move(answer);
    answered_->set();
  }

  /// Only for the one who waits.
  NativeHandle handle() const noexcept { return answered_->handle(); }

  /// What the resolver said; nothing before it did.
  sys::Attempt<Addresses> answer() {
    const std::lock_guard lock(mutex_);
    if (!answer_) return std::nullopt;
    if (!*answer_) return std::unexpected(answer_->error());
    return std::move(**answer_);
  }

  /// Nobody waits any more.
  void abandon() noexcept {
    const std::lock_guard lock(mutex_);
    answered_.reset();
  }

 private:
  sys::Expected<Addresses> look_up() const try {
    return sys::look_up(host_);
  } catch (const std::bad_alloc&) {
    return std::unexpected(std::make_error_code(std::errc::not_enough_memory));
  }

  const std::string host_;
  std::mutex mutex_;
  std::optional<sys::Event> answered_;  // while somebody waits
  std::optional<sys::Expected<Addresses>> answer_;
};

/// The threads that ask the resolver: as many as there are questions, but at most `most_threads`.
/// Never destroyed, so that nothing waits for them when the process ends.
class Askers final : public sys::ForkAware {
 public:
  static Askers& instance() {
    static Askers& askers = *new Askers;
    return askers;
  }

  std::error_code take(const std::shared_ptr<Question>& question) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(question);
    if (threads_ == most_threads) return {};
    const auto error = sys::run_detached([] { instance().work(); });
    if (!error) ++threads_;
    if (threads_ > 0) return {};  // another thread will come to it
    waiting_.pop_back();
    return error;
  }

  /// Nobody waits for `question` any more: if no thread has come to it yet, none will.
  void drop(const std::shared_ptr<Question>& question) noexcept {
    question->abandon();
    const std::lock_guard lock(mutex_);
    std::erase(waiting_, question);
  }

  void before_fork() noexcept override { mutex_.lock(); }
  void after_fork_in_parent() noexcept override { mutex_.unlock(); }
  void after_fork_in_child() noexcept override {
    threads_ = 0;
    waiting_.clear();
    mutex_.unlock();
  }

 private:
  void work() {
    while (const auto question = next()) question->ask();
  }

  std::shared_ptr<Question> next() {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      --threads_;
      return nullptr;
    }
    auto question = std::move(waiting_.front());
    waiting_.pop_front();
    return question;
  }

  static constexpr unsigned most_threads = 16;

  std::mutex mutex_;
  std::deque<std::shared_ptr<Question>> waiting_;
  unsigned threads_ = 0;
  sys::ForkRegistration registration_{*this};
};

// Made before main(): a fork while another thread makes it would leave it half made in the child.
[[maybe_unused]] const Askers& made_at_load = Askers::instance();

std::unexpected<LookUpStop> stopped(const Stop& stop, const char* reason = nullptr) {
  return std::unexpected(LookUpStop{stop, reason});
}

std::unexpected<LookUpStop> failed(std::error_code code, const char* reason = nullptr) {
  return stopped(Stop{TcpError::Kind::Failed, code}, reason);
}

std::unexpected<LookUpStop> invalid(const char* reason) {
  return failed(std::make_error_code(std::errc::invalid_argument), reason);
}

Outcome<Addresses> ask(Operation& operation, std::string_view host) {
  auto event = sys::Event::create();
  if (!event) return stop(event.error());
  const auto question = std::make_shared<Question>(std::string(host), std::move(*event));
  if (const auto error = Askers::instance().take(question)) return stop(error);
  auto found =
      operation.run(question->handle(), sys::Direction::Read, [&] { return question->answer(); });
  Askers::instance().drop(question);
  return found;
}

SocketAddr with_port(const SocketAddr& address, std::uint16_t port) noexcept {
  const auto& octets = address.octets();
  if (address.is_v6()) return SocketAddr::v6(octets, port, address.zone());
  return SocketAddr::v4({octets[0], octets[1], octets[2], octets[3]}, port);
}

}  // namespace

std::expected<Addresses, LookUpStop> look_up(Operation& operation, std::string_view host,
                                             std::uint16_t port) try {
  if (operation.cancelled()) return stopped(Stop{TcpError::Kind::Cancelled, {}});
  if (host.empty()) return invalid("the host is empty");
  if (host.find('\0') != host.npos) return invalid("the host has a NUL in it");
  const auto numeric = parse_host(host, port);
  if (!numeric) return failed(numeric.error().code, numeric.error().reason);
  if (*numeric) return Addresses{**numeric};
  auto found = ask(operation, host);
  if (!found) return stopped(found.error());
  for (SocketAddr& address : *found) address = with_port(address, port);
  return std::move(*found);
} catch (const std::bad_alloc&) {
  return failed(std::make_error_code(std::errc::not_enough_memory));
}

}  // namespace mtcp::detail
