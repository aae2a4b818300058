#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace bench {

/// How long every operation may take.
inline constexpr std::chrono::seconds operation_timeout(5);

/// A library whose operations block, used as its own users would: what a system has to bring. All
/// of it throws a std::exception when anything goes wrong, also when `operation_timeout` passes,
/// and a stream is closed by its destructor.
///
/// A stream is used by one thread at a time, a listener too.
template <class S>
concept BlockingSystem =
    std::movable<typename S::Stream> && std::movable<typename S::Listener> &&
    requires(S& system, typename S::Listener& listener, typename S::Stream& stream,
             std::span<std::byte> buffer, std::span<const std::byte> bytes, std::uint16_t port) {
      { system.name() } -> std::convertible_to<std::string_view>;
      // On 127.0.0.1, at a port that the kernel chooses.
      { system.listen() } -> std::same_as<typename S::Listener>;
      { listener.port() } -> std::same_as<std::uint16_t>;
      { listener.accept() } -> std::same_as<typename S::Stream>;
      { system.connect(port) } -> std::same_as<typename S::Stream>;
      // Fills the buffer.
      { stream.read(buffer) } -> std::same_as<void>;
      // What is there, at least one byte; 0 at the end of the stream.
      { stream.read_some(buffer) } -> std::same_as<std::size_t>;
      // All of them.
      { stream.write(bytes) } -> std::same_as<void>;
    };

/// One that can also do `overshoot`.
template <class S>
concept TimesOut = requires(typename S::Stream& stream, std::span<std::byte> buffer,
                            std::chrono::microseconds timeout) {
  // Whether it timed out; anything but that is an error or bytes.
  { stream.read_times_out(buffer, timeout) } -> std::same_as<bool>;
};

/// One that can also do `park`.
template <class S>
concept Cancels = std::movable<typename S::Parked> &&
                  requires(S& system, typename S::Stream&& stream, typename S::Parked& parked,
                           std::span<typename S::Parked> all, std::span<std::byte> buffer) {
                    // A stream made ready for a read that another thread can cancel.
                    { system.park(std::move(stream)) } -> std::same_as<typename S::Parked>;
                    // Reads with a timeout of an hour; whether it was cancelled.
                    { parked.read_is_cancelled(buffer) } -> std::same_as<bool>;
                    // Ends the read of each, from another thread.
                    { system.cancel(all) } -> std::same_as<void>;
                  };

}  // namespace bench
