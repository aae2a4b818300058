#include <array>
#include <chrono>
#include <future>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/allocations.hpp"
#include "support/arrival.hpp"
#include "support/connected.hpp"
#include "support/descriptors.hpp"
#include "support/errors.hpp"
#include "support/parked.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

// M02
template <class T>
constexpr bool is_owner =
    !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T> &&
    std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T> &&
    std::is_nothrow_destructible_v<T> && !std::is_default_constructible_v<T>;
static_assert(is_owner<TcpStream>);
static_assert(is_owner<TcpConnection>);
static_assert(is_owner<TcpListener>);
static_assert(is_owner<CancelOnSignal>);

template <class T>
constexpr bool is_handle =
    std::is_nothrow_copy_constructible_v<T> && std::is_nothrow_copy_assignable_v<T> &&
    std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T> &&
    std::is_nothrow_destructible_v<T>;
static_assert(is_handle<TcpManager>);
static_assert(is_handle<TcpCanceller>);
static_assert(is_handle<TcpError>);
static_assert(is_handle<Timeout>);
static_assert(is_handle<Deadline>);
static_assert(is_handle<SocketAddr>);
static_assert(is_handle<NativeHandle>);

// What must not compile: the NUL of a literal, and reading into what is const or temporary.
static_assert(!std::is_convertible_v<const char (&)[6], ConstBytes>);
static_assert(!std::is_convertible_v<const char8_t (&)[6], ConstBytes>);
static_assert(!std::is_convertible_v<const int (&)[6], ConstBytes>);
static_assert(!std::is_convertible_v<const std::string&, MutableBytes>);
static_assert(!std::is_convertible_v<std::string, MutableBytes>);
static_assert(!std::is_convertible_v<std::string_view, MutableBytes>);
static_assert(std::is_convertible_v<std::span<char>, MutableBytes>);
static_assert(std::is_convertible_v<std::string, ConstBytes>);

class Lifetime : public Connected {};

/// Calls every operation that an object with a socket fails without one; see law 10.
template <class Check>
void for_each_operation(TcpStream& stream, Check check) {
  std::array<char, 4> bytes{};
  std::string text = "complete";
  const std::array<ConstBytes, 2> pieces{};
  const auto always = [](std::string_view) { return true; };
  check(stream.try_clone());
  check(stream.read(bytes));
  check(stream.read(MutableBytes(), 0s));
  check(stream.peek(bytes));
  check(stream.peek(MutableBytes()));
  check(stream.read_exact(bytes));
  check(stream.read_exact(MutableBytes()));
  check(stream.read_to_end(text, 0));
  check(stream.read_to_end(text, 100, -1s));
  check(stream.read_all(text, {}, always));
  check(stream.write(bytes));
  check(stream.write(ConstBytes()));
  check(stream.write_all(bytes, 0s));
  check(stream.write_all(ConstBytes()));
  check(stream.write_all({bytes, bytes}));
  check(stream.write_all(pieces));
  check(stream.write_all(std::span<const ConstBytes>()));
  for (const auto how : {Shutdown::Read, Shutdown::Write, Shutdown::Both})
    check(stream.shutdown(how));
  check(stream.peer_addr());
  check(stream.local_addr());
  check(stream.take_error());
  EXPECT_EQ(text, "complete");
}

template <class T>
void expect_no_object(const Result<T>& result) {
  const auto error = error_of(result);
  EXPECT_EQ(error.kind(), TcpError::Kind::Failed);
  EXPECT_EQ(error, std::errc::bad_file_descriptor);
  EXPECT_EQ(error.transferred(), 0U);
  EXPECT_TRUE(error.message().ends_with(": the object has no socket (moved-from)"))
      << error.message();
}

void expect_moved_from(TcpStream& stream) {
  EXPECT_EQ(stream.native_handle(), NativeHandle());
  EXPECT_EQ(stream.release(), NativeHandle());
  for_each_operation(stream, [](const auto& result) { expect_no_object(result); });
}

TEST_F(Lifetime, AMovedStreamWorksAndTheOldOneSaysBadDescriptor) {  // M01, law 10
  const auto handle = client_.native_handle();
  TcpStream moved = std::move(client_);
  EXPECT_EQ(moved.native_handle(), handle);
  expect_moved_from(client_);
  give(moved, "works");
  EXPECT_EQ(take(server_, 5), "works");
}

TEST_F(Lifetime, AMovedFromStreamSaysBadDescriptorAlsoWhenCancelled) {  // before any other rule
  const TcpStream moved = std::move(client_);
  client_.tie(manager_);
  manager_.canceller().cancel();
  expect_moved_from(client_);
}

TEST_F(Lifetime, AMovedFromStreamTakesTimeoutsAndAManagerAndCanBeAssigned) {
  const TcpStream moved = std::move(client_);
  client_.set_default_timeouts(1s, idle(2s));
  client_.tie(make_manager());
  expect_moved_from(client_);
  client_ = make_pair(manager_).client;
  EXPECT_TRUE(client_.native_handle().valid());
}

TEST_F(Lifetime, AReleasedStreamIsAsMovedFrom) {
  auto keeper = or_raise(TcpStream::adopt(manager_, client_.release()));
  expect_moved_from(client_);
}

TEST_F(Lifetime, MoveAssignmentClosesTheOldSocketOnceAndTakesAllOfTheNew) {  // M01
  auto other = make_pair(manager_);
  const auto handle = other.client.native_handle();
  other.client.set_default_timeouts(0s, 0s);
  client_ = std::move(other.client);
  EXPECT_EQ(client_.native_handle(), handle);
  EXPECT_EQ(take_rest(server_), "");
  expect_moved_from(other.client);
  std::array<char, 1> one{};
  EXPECT_TRUE(error_of(client_.read(one)).timed_out());
  EXPECT_EQ(or_raise(client_.peer_addr()), or_raise(other.server.local_addr()));
  give(client_, "x");
  EXPECT_EQ(take(other.server, 1), "x");
}

TEST_F(Lifetime, MovingLeavesNoDescriptorBehind) {
  const DescriptorGuard guard;
  auto pair = make_pair(manager_);
  TcpStream first = std::move(pair.client);
  first = std::move(pair.server);
  TcpStream second = std::move(first);
  pair.client = std::move(second);
}

TEST_F(Lifetime, SelfMoveKeepsEverything) {  // M01
  TcpStream& same = client_;
  client_ = std::move(same);
  give(client_, "still");
  EXPECT_EQ(take(server_, 5), "still");
  EXPECT_TRUE(client_.peer_addr());
}

TEST_F(Lifetime, SelfMoveOfAMovedFromStreamIsHarmless) {
  const TcpStream moved = std::move(client_);
  TcpStream& same = client_;
  client_ = std::move(same);
  expect_moved_from(client_);
}

TEST_F(Lifetime, AMoveTakesTheRememberedEndAndResetAlong) {
  reset(std::move(client_));
  await_reset(server_);
  std::array<char, 1> one{};
  EXPECT_EQ(error_of(server_.read(one)), std::errc::connection_reset);
  auto moved = std::move(server_);
  EXPECT_EQ(error_of(moved.read(one)), std::errc::connection_reset);
}

class ConnectionLifetime : public Connected {
 protected:
  TcpConnection make_connection() {
    auto listener = make_listener(manager_);
    keep_.push_back(or_raise(TcpStream::connect(manager_, or_raise(listener.local_addr()), 60s)));
    return or_raise(listener.accept(60s));
  }

  void expect_moved_from(TcpConnection& connection) {
    EXPECT_EQ(connection.native_handle(), NativeHandle());
    EXPECT_EQ(connection.release(), NativeHandle());
    expect_no_object(connection.peer_addr());
    expect_no_object(connection.local_addr());
    expect_no_object(connection.shutdown(Shutdown::Both));
    expect_no_object(TcpStream::from(manager_, std::move(connection)));
  }

  std::vector<TcpStream> keep_;
};

TEST_F(ConnectionLifetime, AMovedConnectionWorksAndTheOldOneSaysBadDescriptor) {
  auto first = make_connection();
  auto moved = std::move(first);
  expect_moved_from(first);
  first = std::move(moved);
  expect_moved_from(moved);
  TcpConnection& same = first;
  first = std::move(same);
  auto stream = or_raise(TcpStream::from(manager_, std::move(first)));
  expect_moved_from(first);
  give(keep_.front(), "x");
  EXPECT_EQ(take(stream, 1), "x");
}

TEST_F(ConnectionLifetime, MoveAssignmentClosesTheOldSocket) {
  auto first = make_connection();
  first = make_connection();
  EXPECT_EQ(take_rest(keep_[0]), "");
  EXPECT_TRUE(first.peer_addr());
}

TEST_F(ConnectionLifetime, AReleasedConnectionIsAsMovedFrom) {
  auto connection = make_connection();
  const auto handle = connection.release();
  expect_moved_from(connection);
  EXPECT_TRUE(TcpStream::adopt(manager_, handle));
}

TEST_F(Lifetime, AMovedFromListenerSaysBadDescriptor) {
  auto listener = make_listener(manager_);
  auto moved = std::move(listener);
  manager_.canceller().cancel();
  expect_no_object(listener.accept());
  expect_no_object(listener.accept(0s));
  expect_no_object(listener.local_addr());
  EXPECT_EQ(listener.native_handle(), NativeHandle());
  TcpListener& same = moved;
  moved = std::move(same);
  EXPECT_TRUE(moved.local_addr());
}

TEST(LifetimeOfAManager, IsThatOfAllThatRefersToIt) {  // M03
  const DescriptorGuard guard;
  std::optional<TcpManager> manager(make_manager());
  auto canceller = manager->canceller();
  auto listener = make_listener(*manager);
  auto pair = make_pair(*manager);
  manager.reset();
  give(pair.client, "x");
  EXPECT_EQ(take(pair.server, 1), "x");
  EXPECT_TRUE(error_of(listener.accept(1ms)).timed_out());
  auto clone = or_raise(pair.client.try_clone());
  canceller.cancel();
  EXPECT_TRUE(error_of(clone.write("x"sv)).cancelled());
  EXPECT_TRUE(error_of(listener.accept(1ms)).cancelled());
}

TEST(LifetimeOfAManager, OfAChildKeepsItsAncestorsAlive) {
  std::optional<TcpManager> parent(make_manager());
  const auto canceller = parent->canceller();
  const auto child = or_raise(parent->child());
  auto pair = make_pair(child);
  parent.reset();
  auto reading = std::async(std::launch::async, [&] {
    std::array<char, 1> one{};
    return pair.client.read(one, 60s);
  });
  wait_until_parked(child);
  canceller.cancel();
  EXPECT_TRUE(error_of(reading.get()).cancelled());
}

TEST(LifetimeOfAManager, EndsWithTheLastStream) {
  const DescriptorGuard guard;
  auto pair = make_pair(make_manager());
}

/// An allocator that has so many bytes and no more.
template <class T>
class Ration {
 public:
  using value_type = T;

  explicit Ration(std::size_t bytes) : left_(std::make_shared<std::size_t>(bytes)) {}
  template <class U>
  explicit Ration(const Ration<U>& other) : left_(other.left()) {}

  T* allocate(std::size_t count) {
    if (count * sizeof(T) > *left_) throw std::bad_alloc();
    *left_ -= count * sizeof(T);
    return std::allocator<T>().allocate(count);
  }
  void deallocate(T* memory, std::size_t count) {
    *left_ += count * sizeof(T);
    std::allocator<T>().deallocate(memory, count);
  }

  const std::shared_ptr<std::size_t>& left() const { return left_; }
  friend bool operator==(const Ration& a, const Ration& b) { return a.left_ == b.left_; }

 private:
  std::shared_ptr<std::size_t> left_;
};

using RationedBuffer = std::vector<char, Ration<char>>;

/// `buffer`, then what is still in the stream, are the 40,000 bytes that were sent.
void expect_nothing_lost(const RationedBuffer& buffer, TcpStream& from) {
  EXPECT_FALSE(buffer.empty());
  EXPECT_EQ(std::string(buffer.begin(), buffer.end()) + take(from, 40'000 - buffer.size()),
            std::string(20'000, 'a') + std::string(20'000, 'b'));
}

TEST_F(Lifetime, ReadAllThatRunsOutOfMemoryKeepsAllItHasRead) {  // M07
  give(client_, std::string(20'000, 'a') + std::string(20'000, 'b'));
  await_bytes(server_, 40'000);
  RationedBuffer buffer(Ration<char>(30'000));
  const auto never = [](std::string_view) { return false; };
  EXPECT_THROW(static_cast<void>(server_.read_all(buffer, {.timeout = 60s}, never)),
               std::bad_alloc);
  expect_nothing_lost(buffer, server_);
}

TEST_F(Lifetime, ReadToEndThatRunsOutOfMemoryKeepsAllItHasRead) {  // M07
  give(client_, std::string(20'000, 'a') + std::string(20'000, 'b'));
  await_bytes(server_, 40'000);
  RationedBuffer buffer(Ration<char>(30'000));
  EXPECT_THROW(static_cast<void>(server_.read_to_end(buffer, 100'000, 60s)), std::bad_alloc);
  expect_nothing_lost(buffer, server_);
}

TEST_F(Lifetime, NothingElseNeedsMemory) {
  give(client_, "abc");
  await_bytes(server_, 3);
  std::array<char, 3> bytes{};
  std::optional<Result<TcpStream>> clone;
  std::optional<TcpError> error;
  const auto before = allocations();
  {
    const NoMemory none;
    EXPECT_EQ(server_.read(bytes).value(), 3U);
    EXPECT_EQ(server_.write(bytes).value(), 3U);
    clone.emplace(server_.try_clone());
    error = server_.read(bytes, 1ms).error();
    const TcpError copy = *error;
    EXPECT_TRUE(copy.timed_out());
  }
  EXPECT_EQ(allocations(), before);
  EXPECT_TRUE(*clone);
}

}  // namespace
}  // namespace mtcp::test
