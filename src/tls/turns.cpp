#include "tls/turns.hpp"

#include <utility>

namespace mtcp::detail {

bool Turns::take(const void* reader) noexcept {
  if (reader_ && reader_ != reader) return false;
  reader_ = reader;
  update();
  return true;
}

void Turns::give_back(const void* reader) noexcept {
  if (reader_ == reader) reader_ = nullptr;
  update();
}

sys::Expected<sys::Interest> Turns::begin_to_wait_for_turn() noexcept {
  auto interest = event();
  if (interest) ++waiting_for_turn_;
  return interest;
}

void Turns::end_waiting_for_turn() noexcept {
  --waiting_for_turn_;
  update();
}

std::optional<sys::Interest> Turns::begin_to_wait_for_room() noexcept {
  ++waiting_for_room_;
  const auto interest = event();
  if (!interest) return std::nullopt;
  return *interest;
}

void Turns::end_waiting_for_room() noexcept {
  --waiting_for_room_;
  update();
}

void Turns::shut_writing() noexcept {
  shut_ = true;
  update();
}

void Turns::begin_to_wait_for_message() noexcept {
  ++waiting_for_message_;
}

void Turns::end_waiting_for_message() noexcept {
  --waiting_for_message_;
  update();
}

void Turns::set_in_message(bool in_message) noexcept {
  in_message_ = in_message;
  update();
}

sys::Expected<sys::Interest> Turns::event() noexcept {
  if (!event_) {
    auto created = sys::Event::create();
    if (!created) return std::unexpected(created.error());
    event_.emplace(std::move(*created));
  }
  return sys::Interest{event_->handle(), sys::Direction::Read};
}

void Turns::update() noexcept {
  const bool turn_is_free = !reader_ && waiting_for_turn_ != 0;
  const bool vain = shut_ && waiting_for_room_ != 0;
  const bool message_is_over = !in_message_ && waiting_for_message_ != 0;
  const bool set = turn_is_free || vain || message_is_over;
  if (!event_ || set == set_) return;
  set_ = set;
  if (set)
    event_->set();
  else
    event_->clear();
}

}  // namespace mtcp::detail
