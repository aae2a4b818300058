#include <array>
#include <cstddef>
#include <cstdint>
#include <cwchar>
#include <deque>
#include <list>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/pair.hpp"

namespace mtcp::test {
namespace {

using namespace std::string_view_literals;

template <class From>
constexpr bool readable = std::is_convertible_v<From, ConstBytes>;
template <class From>
constexpr bool writable = std::is_convertible_v<From, MutableBytes>;

// Bytes to read from: anything contiguous and byte-like, temporary or not.
static_assert(readable<std::span<const std::byte>> && readable<std::span<std::byte>>);
static_assert(readable<std::span<const char>> && readable<std::span<const unsigned char, 4>>);
static_assert(readable<std::array<std::byte, 4>&> && readable<const std::array<char, 4>&>);
static_assert(readable<std::vector<std::byte>&> && readable<const std::vector<unsigned char>&>);
static_assert(readable<std::vector<char>> && readable<const std::pmr::vector<std::byte>&>);
static_assert(readable<std::string&> && readable<const std::string&> && readable<std::string>);
static_assert(readable<std::u8string> && readable<std::u8string_view>);
static_assert(readable<std::string_view> && readable<const std::string_view&>);
static_assert(readable<std::byte (&)[4]> && readable<const std::byte (&)[4]>);
static_assert(readable<char (&)[4]> && readable<unsigned char (&)[4]>);
static_assert(readable<const unsigned char (&)[4]> && readable<char8_t (&)[4]>);

// A string literal would take its NUL along.
static_assert(!readable<const char (&)[4]> && !readable<const char (&&)[4]>);
static_assert(!readable<const char8_t (&)[4]>);
static_assert(!readable<decltype("text")> && !readable<decltype(u8"text")>);

// What is not bytes, not contiguous or has no size.
static_assert(!readable<const char*> && !readable<char*> && !readable<std::nullptr_t>);
static_assert(!readable<int> && !readable<char> && !readable<std::byte> && !readable<bool>);
static_assert(!readable<std::vector<int>&> && !readable<std::span<const std::uint16_t>>);
static_assert(!readable<std::span<const std::int8_t>>, "signed char is a small number");
static_assert(!readable<std::wstring&> && !readable<std::u16string_view>);
static_assert(!readable<std::vector<bool>&> && !readable<std::span<const bool>>);
static_assert(!readable<std::deque<std::byte>&> && !readable<std::list<char>&>);
static_assert(!readable<std::span<const ConstBytes>> && !readable<std::vector<std::string>&>);
static_assert(!readable<std::string*> && !readable<TcpStream&>);

// Bytes to write into: not const, and not about to vanish.
static_assert(writable<std::span<std::byte>> && writable<std::span<char, 4>>);
static_assert(writable<std::array<std::byte, 4>&> && writable<std::vector<unsigned char>&>);
static_assert(writable<std::string&> && writable<std::u8string&>);
static_assert(writable<std::byte (&)[4]> && writable<char (&)[4]>);
static_assert(writable<const std::span<std::byte>&>, "a const span of bytes that are not");
static_assert(!writable<std::span<const std::byte>> && !writable<const std::string&>);
static_assert(!writable<std::string_view> && !writable<const char (&)[4]>);
static_assert(!writable<const std::array<std::byte, 4>&>);
static_assert(!writable<std::string> && !writable<std::vector<std::byte>>);
static_assert(!writable<std::array<std::byte, 4>>);
static_assert(!writable<std::vector<int>&> && !writable<std::vector<bool>&>);
static_assert(!writable<std::deque<std::byte>&> && !writable<char*>);
static_assert(!writable<std::span<std::int8_t>> && !writable<std::wstring&>);

static_assert(std::is_trivially_copyable_v<ConstBytes> &&
              std::is_trivially_copyable_v<MutableBytes>);
static_assert(std::is_nothrow_constructible_v<ConstBytes, std::string&>);

// What read_all() and read_to_end() append to.
static_assert(Buffer<std::vector<std::byte>> && Buffer<std::string> && Buffer<std::u8string>);
static_assert(Buffer<std::vector<char>> && Buffer<std::vector<unsigned char>>);
static_assert(Buffer<std::pmr::string> && Buffer<std::pmr::vector<std::byte>>);
static_assert(!Buffer<const std::string> && !Buffer<const std::vector<std::byte>>);
static_assert(!Buffer<std::array<std::byte, 4>> && !Buffer<std::span<std::byte>>);
static_assert(!Buffer<std::string_view> && !Buffer<char[4]>);
static_assert(!Buffer<std::vector<int>> && !Buffer<std::wstring> && !Buffer<std::vector<bool>>);
static_assert(!Buffer<std::deque<std::byte>> && !Buffer<std::list<char>>);

/// A buffer of somebody else's making, with no more than is needed.
class OwnBuffer {
 public:
  std::byte* begin() { return bytes_.data(); }
  std::byte* end() { return bytes_.data() + bytes_.size(); }
  std::byte* data() { return bytes_.data(); }
  std::size_t size() const { return bytes_.size(); }
  void resize(std::size_t size) { bytes_.resize(size); }

 private:
  std::vector<std::byte> bytes_;
};
static_assert(Buffer<OwnBuffer> && readable<OwnBuffer&> && writable<OwnBuffer&>);

// What read_all() asks.
using OfSpan = bool (*)(std::span<const std::byte>);
using OfText = bool (&)(std::string_view);
static_assert(CompletePredicate<OfSpan> && CompletePredicate<OfText>);
static_assert(!CompletePredicate<bool (*)()> && !CompletePredicate<bool (*)(int)>);
static_assert(!CompletePredicate<void (*)(std::string_view)> && !CompletePredicate<int>);

/// Whether a TcpStream can write what is given, in one piece or in braces.
template <class T>
concept Sendable = requires(TcpStream& stream, T&& bytes) { stream.write(std::forward<T>(bytes)); };
template <class T>
concept SendableInBraces =
    requires(TcpStream& stream, T&& bytes) { stream.write_all({std::forward<T>(bytes)}); };
static_assert(Sendable<std::string> && SendableInBraces<std::string>);
static_assert(!Sendable<const char (&)[4]> && !SendableInBraces<const char (&)[4]>);
static_assert(!Sendable<const char*> && !SendableInBraces<const char*>);
static_assert(!Sendable<int> && !SendableInBraces<int>);

TEST(Bytes, ReferToAllOfWhatTheyAreMadeOf) {
  std::array<unsigned char, 3> array{};
  const MutableBytes bytes = array;
  EXPECT_EQ(static_cast<void*>(bytes.data()), static_cast<void*>(array.data()));
  EXPECT_EQ(bytes.size(), 3U);
  EXPECT_FALSE(bytes.empty());
  const auto text = "a\0b"sv;
  const ConstBytes view = text;
  EXPECT_EQ(view.size(), 3U) << "a NUL is a byte like any other";
  char buffer[5];
  EXPECT_EQ(ConstBytes(buffer).size(), 5U);
  EXPECT_EQ(MutableBytes(buffer).size(), 5U);
}

TEST(Bytes, MayBeNone) {
  EXPECT_TRUE(ConstBytes().empty());
  EXPECT_TRUE(MutableBytes().empty());
  EXPECT_EQ(ConstBytes().size(), 0U);
  EXPECT_TRUE(ConstBytes(std::string_view()).empty());
  std::vector<std::byte> nothing;
  EXPECT_TRUE(MutableBytes(nothing).empty());
}

TEST(Bytes, OfEveryKindAreSentAsTheyAre) {
  const auto manager = make_manager();
  auto [client, server] = make_pair(manager);
  const std::vector<std::byte> bytes = {std::byte{'c'}};
  const unsigned char plain[] = {'d'};
  const std::array<ConstBytes, 2> pieces = {"f"sv, std::u8string_view(u8"g")};
  EXPECT_TRUE(client.write_all("a"sv));
  EXPECT_TRUE(client.write_all(std::string("b")));
  EXPECT_TRUE(client.write_all(bytes));
  EXPECT_TRUE(client.write_all(plain));
  EXPECT_TRUE(client.write_all({"e"sv}));
  EXPECT_TRUE(client.write_all(pieces));
  EXPECT_TRUE(client.write_all({std::span(plain).first(0), "h"sv, ConstBytes()}));
  EXPECT_TRUE(client.write_all({}));
  EXPECT_TRUE(client.shutdown(Shutdown::Write));
  std::string seen;
  EXPECT_TRUE(server.read_to_end(seen, 100));
  EXPECT_EQ(seen, "abcdefgh");
}

bool ends_in_newline(std::string_view seen) {
  return seen.ends_with('\n');
}

TEST(Bytes, OfAnyBufferAreAppendedTo) {
  const auto manager = make_manager();
  auto [client, server] = make_pair(manager);
  EXPECT_TRUE(client.write_all("one\n"sv));
  OwnBuffer own;
  EXPECT_TRUE(server.read_all(own, {}, ends_in_newline)) << "a plain function";
  EXPECT_EQ(own.size(), 4U);
  EXPECT_TRUE(client.write_all("two\n"sv));
  std::u8string text = u8"1";
  const auto generic = [](auto seen) { return seen.size() == 5; };
  EXPECT_TRUE(server.read_all(text, {}, generic));
  EXPECT_TRUE(text == u8"1two\n");
  EXPECT_TRUE(client.write_all("three\n"sv));
  std::pmr::vector<char> vector;
  EXPECT_TRUE(server.read_all(vector, {}, &ends_in_newline));
  EXPECT_EQ(vector.size(), 6U);
}

}  // namespace
}  // namespace mtcp::test
