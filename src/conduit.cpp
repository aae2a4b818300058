#include "conduit.hpp"

#include <span>
#include <utility>

namespace mtcp::detail {

namespace {

constexpr std::size_t buffer_size = 64 * 1024;
constexpr int bulk = 4;  // buffers

}  // namespace

Conduit::Conduit(Endpoint from, Endpoint to)
    : from_(from), to_(to), buffer_(std::make_unique_for_overwrite<std::byte[]>(buffer_size)) {}

sys::Attempt<std::size_t> Conduit::fill() noexcept {
  if (splice_) {
    const auto filled = from_.state->receive(from_.handle, *splice_);
    if (!filled && sys::Splice::is_impossible(filled.error()))
      splice_.reset();
    else if (!filled || *filled)
      return filled;  // if there was nothing that it can take, a receive says why
  }
  const auto received =
      from_.state->receive(from_.handle, {buffer_.get(), buffer_size}, sys::Receive::Take);
  if (!received || !*received) return received;
  begin_ = 0;
  end_ = **received;
  if (end_ == buffer_size && ++full_ == bulk) splice_from_now_on();
  return received;
}

sys::Attempt<std::size_t> Conduit::drain() noexcept {
  if (begin_ == end_) return to_.state->send(to_.handle, *splice_);
  const ConstBytes rest = std::span(buffer_.get() + begin_, end_ - begin_);
  const auto sent = to_.state->send(to_.handle, {&rest, 1}, 0);
  if (sent && *sent) begin_ += **sent;
  return sent;
}

void Conduit::splice_from_now_on() noexcept {
  if (auto made = sys::Splice::create(from_.handle, to_.handle)) splice_.emplace(std::move(*made));
}

}  // namespace mtcp::detail
