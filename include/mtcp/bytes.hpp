#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <ranges>
#include <span>
#include <string_view>
#include <type_traits>

namespace mtcp {

/// The element types that stand for raw bytes.
template <class T>
concept ByteLike =
    std::same_as<std::remove_const_t<T>, std::byte> || std::same_as<std::remove_const_t<T>, char> ||
    std::same_as<std::remove_const_t<T>, unsigned char> ||
    std::same_as<std::remove_const_t<T>, char8_t>;

/// Contiguous memory of byte-like elements: spans, arrays, vectors, strings.
template <class R>
concept ByteRange = std::ranges::contiguous_range<R> && std::ranges::sized_range<R> &&
                    ByteLike<std::remove_reference_t<std::ranges::range_reference_t<R>>>;

/// What read_all() and read_to_end() append to: std::vector<std::byte>, std::string, or any other
/// contiguous container of byte-like elements that can be resized.
template <class B>
concept Buffer =
    ByteRange<B> && !std::is_const_v<std::remove_reference_t<std::ranges::range_reference_t<B>>> &&
    requires(B& buffer, std::size_t size) { buffer.resize(size); };

namespace detail {

template <class T>
inline constexpr bool is_text_array = false;  // a string literal, or what cannot be told from one
template <std::size_t N>
inline constexpr bool is_text_array<const char[N]> = true;
template <std::size_t N>
inline constexpr bool is_text_array<const char8_t[N]> = true;

}  // namespace detail

/// Bytes that an operation reads from: a parameter type, implicit from anything contiguous and
/// byte-like. Refers, never owns: valid as long as what it was made from.
///
/// A string literal does not convert, since its NUL would go along: say `"..."sv`.
class ConstBytes {
 public:
  /// No bytes.
  constexpr ConstBytes() noexcept = default;

  /// All bytes of `range`.
  template <ByteRange R>
    requires(!detail::is_text_array<std::remove_reference_t<R>>)
  constexpr ConstBytes(R&& range) noexcept
      : bytes_(std::as_bytes(std::span(std::ranges::data(range), std::ranges::size(range)))) {}

  /// The first byte; may be null when size() is 0.
  constexpr const std::byte* data() const noexcept { return bytes_.data(); }
  /// How many bytes.
  constexpr std::size_t size() const noexcept { return bytes_.size(); }
  /// Whether there are none.
  constexpr bool empty() const noexcept { return bytes_.empty(); }

 private:
  std::span<const std::byte> bytes_;
};

/// Bytes that an operation writes into: a parameter type, implicit from anything contiguous,
/// byte-like and not const. Refers, never owns: valid as long as what it was made from.
class MutableBytes {
 public:
  /// No bytes.
  constexpr MutableBytes() noexcept = default;

  /// All bytes of `range`.
  template <ByteRange R>
    requires((std::is_lvalue_reference_v<R> || std::ranges::borrowed_range<R>) &&
             !std::is_const_v<std::remove_reference_t<std::ranges::range_reference_t<R>>>)
  constexpr MutableBytes(R&& range) noexcept
      : bytes_(
            std::as_writable_bytes(std::span(std::ranges::data(range), std::ranges::size(range)))) {
  }

  /// The first byte; may be null when size() is 0.
  constexpr std::byte* data() const noexcept { return bytes_.data(); }
  /// How many bytes.
  constexpr std::size_t size() const noexcept { return bytes_.size(); }
  /// Whether there are none.
  constexpr bool empty() const noexcept { return bytes_.empty(); }

 private:
  std::span<std::byte> bytes_;
};

/// What read_all() asks whether a message is complete: a callable that takes the whole buffer as
/// std::span<const std::byte> or as std::string_view, and returns a bool.
template <class P>
concept CompletePredicate =
    std::predicate<P&, std::span<const std::byte>> || std::predicate<P&, std::string_view>;

namespace detail {

/// A Buffer without its type, for code that is compiled once.
class BufferRef {
 public:
  template <Buffer B>
  explicit BufferRef(B& buffer) noexcept
      : buffer_(std::addressof(buffer)),
        bytes_([](void* p) {
          B& b = *static_cast<B*>(p);
          return std::as_writable_bytes(std::span(std::ranges::data(b), std::ranges::size(b)));
        }),
        resize_([](void* p, std::size_t size) { static_cast<B*>(p)->resize(size); }) {}

  std::span<std::byte> bytes() const { return bytes_(buffer_); }
  std::size_t size() const { return bytes().size(); }
  void resize(std::size_t size) const { resize_(buffer_, size); }

 private:
  void* buffer_;
  std::span<std::byte> (*bytes_)(void*);
  void (*resize_)(void*, std::size_t);
};

/// A CompletePredicate without its type.
class CompleteRef {
 public:
  template <class P>
  explicit CompleteRef(P& predicate) noexcept
      : predicate_(const_cast<void*>(static_cast<const volatile void*>(std::addressof(predicate)))),
        ask_([](void* p, std::span<const std::byte> seen) -> bool {
          P& complete = *static_cast<P*>(p);
          if constexpr (std::predicate<P&, std::span<const std::byte>>)
            return complete(seen);
          else
            return complete(
                std::string_view(reinterpret_cast<const char*>(seen.data()), seen.size()));
        }) {}

  bool operator()(std::span<const std::byte> seen) const { return ask_(predicate_, seen); }

 private:
  void* predicate_;
  bool (*ask_)(void*, std::span<const std::byte>);
};

}  // namespace detail

}  // namespace mtcp
