#include "support/blocking_operation.hpp"

#include <array>
#include <cstring>
#include <future>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/arrival.hpp"
#include "support/connected.hpp"
#include "support/pair.hpp"
#include "support/pattern.hpp"

namespace mtcp::test {

using namespace std::chrono_literals;

void BlockingOperation::finish(const Result<void>& first) {
  if (!first) {
    const auto second = run();
    ASSERT_TRUE(second) << second.error().message();
  }
  check();
}

namespace {

constexpr auto patience = 60s;

template <class T>
Result<void> without_value(const Result<T>& result) {
  if (result) return {};
  return std::unexpected(result.error());
}

class Accept final : public BlockingOperation {
 public:
  Accept(const TcpManager& manager, Obstacle) : listener_(make_listener(manager)) {}

  Result<void> run() override {
    auto accepted = listener_.accept(patience);
    const auto outcome = without_value(accepted);
    if (accepted) accepted_.emplace(std::move(*accepted));
    return outcome;
  }

  void let_go() override {
    client_.emplace(or_raise(TcpStream::connect(outside_, or_raise(listener_.local_addr()))));
  }

 private:
  void check() override {
    EXPECT_EQ(or_raise(accepted_->peer_addr()), or_raise(client_->local_addr()));
    const auto another = listener_.accept(0s);
    EXPECT_TRUE(!another && another.error().timed_out());
  }

  TcpManager outside_ = make_manager();
  TcpListener listener_;
  std::optional<TcpConnection> accepted_;
  std::optional<TcpStream> client_;
};

class Connect final : public BlockingOperation {
 public:
  Connect(const TcpManager& manager, Obstacle obstacle) : manager_(manager) {
    if (obstacle == Obstacle::Present) black_hole_.emplace(outside_);
  }

  Result<void> run() override {
    auto connected = TcpStream::connect(
        manager_, black_hole_ ? black_hole_->address() : or_raise(listener_.local_addr()),
        patience);
    const auto outcome = without_value(connected);
    if (connected) connected_.emplace(std::move(*connected));
    return outcome;
  }

  /// What is in the way stays there; the next run goes where nothing is.
  void let_go() override {
    if (black_hole_) black_hole_.reset();
  }

 private:
  void check() override {
    const auto own = or_raise(connected_->local_addr());
    for (;;) {  // one that was cancelled late is in the queue too
      auto connection = or_raise(listener_.accept(patience));
      if (or_raise(connection.peer_addr()) != own) continue;
      auto peer = or_raise(TcpStream::from(outside_, std::move(connection)));
      give(*connected_, "hello");
      EXPECT_EQ(take(peer, 5), "hello");
      return;
    }
  }

  TcpManager manager_;
  TcpManager outside_ = make_manager();
  TcpListener listener_ = make_listener(outside_);
  std::optional<BlackHole> black_hole_;
  std::optional<TcpStream> connected_;
};

class Sleep final : public BlockingOperation {
 public:
  Sleep(const TcpManager& manager, Obstacle obstacle)
      : manager_(manager), length_(obstacle == Obstacle::Present ? patience : brief) {}

  Result<void> run() override { return manager_.sleep(length_); }
  void let_go() override {
    if (length_ != brief) length_ = brief;
  }

 private:
  void check() override {}

  static constexpr std::chrono::nanoseconds brief = 100us;

  TcpManager manager_;
  std::chrono::nanoseconds length_;
};

/// What is about a connection: `stream_` is tied to the manager that is to be cancelled.
class OnStream : public BlockingOperation {
 protected:
  explicit OnStream(const TcpManager& manager) { stream_.tie(manager); }

  TcpManager outside_ = make_manager();
  Pair pair_ = make_pair(outside_);
  TcpStream& stream_ = pair_.client;
  TcpStream& peer_ = pair_.server;
};

/// What waits for bytes: it gets "abc" at once if it needs more, and "defgh" when it is let go.
class Reading : public OnStream {
 protected:
  enum class Needs { OneByte, All };

  Reading(const TcpManager& manager, Needs needs) : OnStream(manager) {
    if (needs == Needs::OneByte) return;
    given_ = 3;
    give(peer_, whole.substr(0, given_));
    await_bytes(stream_, given_);
  }

  void let_go() override { give(peer_, whole.substr(given_)); }

  /// The stream is empty, and works both ways.
  void check_still_works() {
    give(stream_, "there");
    EXPECT_EQ(take(peer_, 5), "there");
    give(peer_, "back");
    EXPECT_EQ(take(stream_, 4), "back");
  }

  static constexpr std::string_view whole = "abcdefgh";

 private:
  std::size_t given_ = 0;
};

/// read() and peek().
template <auto operation>
class ReadSome final : public Reading {
 public:
  ReadSome(const TcpManager& manager, Obstacle) : Reading(manager, Needs::OneByte) {}

  Result<void> run() override {
    const auto count = (stream_.*operation)(buffer_, patience);
    if (count) {
      EXPECT_EQ(std::string_view(buffer_.data(), *count), whole);
    }
    return without_value(count);
  }

 private:
  void check() override {
    if (operation == &TcpStream::peek) {
      EXPECT_EQ(take(stream_, whole.size()), whole);
    }
    check_still_works();
  }

  std::array<char, 100> buffer_{};
};

class ReadExact final : public Reading {
 public:
  ReadExact(const TcpManager& manager, Obstacle) : Reading(manager, Needs::All) {}

  Result<void> run() override {
    const auto done = stream_.read_exact(std::span(buffer_).subspan(filled_), patience);
    filled_ = done ? buffer_.size() : filled_ + done.error().transferred();
    EXPECT_EQ(std::string_view(buffer_.data(), filled_), whole.substr(0, filled_));
    return done;
  }

 private:
  void check() override { check_still_works(); }

  std::array<char, whole.size()> buffer_{};
  std::size_t filled_ = 0;
};

class ReadAllOfIt final : public Reading {
 public:
  ReadAllOfIt(const TcpManager& manager, Obstacle) : Reading(manager, Needs::All) {}

  Result<void> run() override {
    const std::size_t before = buffer_.size();
    const auto done = stream_.read_all(buffer_, {.timeout = patience, .chunk = 2},
                                       [](std::string_view seen) { return seen.ends_with('h'); });
    if (!done) {
      EXPECT_EQ(buffer_.size(), before + done.error().transferred());
    }
    EXPECT_TRUE(whole.starts_with(buffer_));
    return done;
  }

 private:
  void check() override {
    EXPECT_EQ(buffer_, whole);
    check_still_works();
  }

  std::string buffer_;
};

class ReadToEnd final : public Reading {
 public:
  ReadToEnd(const TcpManager& manager, Obstacle) : Reading(manager, Needs::All) {}

  Result<void> run() override {
    const std::size_t before = buffer_.size();
    const auto done = stream_.read_to_end(buffer_, 100, patience);
    if (!done) {
      EXPECT_EQ(buffer_.size(), before + done.error().transferred());
    }
    EXPECT_TRUE(whole.starts_with(buffer_));
    return without_value(done);
  }

  void let_go() override {
    Reading::let_go();
    or_raise(peer_.shutdown(Shutdown::Write));
  }

 private:
  void check() override {
    EXPECT_EQ(buffer_, whole);
    give(stream_, "there");
    EXPECT_EQ(take(peer_, 5), "there");
  }

  std::string buffer_;
};

/// More than a peer that does not read takes. Made once: that takes long under sanitizers.
const std::vector<std::byte>& much() {
  static const auto bytes = pattern(640 * 1024);
  return bytes;
}

/// What waits for room: the peer reads nothing until it is let go.
class Writing : public OnStream {
 public:
  void let_go() override {
    received_ = std::async(std::launch::async, [this] { return take_rest(peer_); });
  }

 protected:
  explicit Writing(const TcpManager& manager) : OnStream(manager) {
    or_raise(stream_.set_send_buffer_size(131072));
  }

  /// Until nothing fits any more, also not when acknowledgements that were held back have come.
  void fill_up() {
    stream_.tie(outside_);
    while (const auto count = stream_.write(next(), 100ms)) written_ += *count;
  }

  void check() override {
    or_raise(stream_.shutdown(Shutdown::Write));
    const std::string all = received_.get();
    ASSERT_EQ(all.size(), written_);
    ASSERT_LE(all.size(), much().size());
    EXPECT_EQ(std::memcmp(all.data(), much().data(), all.size()), 0);
  }

  std::span<const std::byte> next() const { return std::span(much()).subspan(written_, 16384); }

  std::size_t written_ = 0;

 private:
  std::future<std::string> received_;
};

class Write final : public Writing {
 public:
  Write(const TcpManager& manager, Obstacle obstacle) : Writing(manager) {
    if (obstacle == Obstacle::Present) fill_up();
    stream_.tie(manager);
  }

  Result<void> run() override {
    const auto count = stream_.write(next(), patience);
    if (count) written_ += *count;
    if (!count) {
      EXPECT_EQ(count.error().transferred(), 0U);
    }
    return without_value(count);
  }
};

class WriteAll final : public Writing {
 public:
  WriteAll(const TcpManager& manager, Obstacle) : Writing(manager) {}

  Result<void> run() override {
    const auto done = stream_.write_all(std::span(much()).subspan(written_), patience);
    written_ = done ? much().size() : written_ + done.error().transferred();
    return done;
  }
};

class WriteAllGathered final : public Writing {
 public:
  WriteAllGathered(const TcpManager& manager, Obstacle) : Writing(manager) {}

  Result<void> run() override {
    const auto rest = std::span(much()).subspan(written_);
    const std::size_t head = std::min<std::size_t>(rest.size(), 1000);
    const auto done = stream_.write_all(
        {rest.first(head), std::span<const std::byte>(), rest.subspan(head)}, patience);
    written_ = done ? much().size() : written_ + done.error().transferred();
    return done;
  }
};

class WaitReadable final : public Reading {
 public:
  WaitReadable(const TcpManager& manager, Obstacle)
      : Reading(manager, Needs::OneByte), manager_(manager) {}

  Result<void> run() override { return manager_.wait_readable(stream_.native_handle(), patience); }

 private:
  void check() override {
    EXPECT_EQ(take(stream_, whole.size()), whole);
    check_still_works();
  }

  TcpManager manager_;
};

class WaitWritable final : public Writing {
 public:
  WaitWritable(const TcpManager& manager, Obstacle obstacle) : Writing(manager), manager_(manager) {
    if (obstacle == Obstacle::Present) fill_up();
  }

  Result<void> run() override { return manager_.wait_writable(stream_.native_handle(), patience); }

 private:
  TcpManager manager_;
};

template <class T>
std::unique_ptr<BlockingOperation> make(const TcpManager& manager, Obstacle obstacle) {
  return std::make_unique<T>(manager, obstacle);
}

constexpr std::array kinds = {OperationKind{"Accept", make<Accept>},
                              OperationKind{"Connect", make<Connect>},
                              OperationKind{"Read", make<ReadSome<&TcpStream::read>>},
                              OperationKind{"Peek", make<ReadSome<&TcpStream::peek>>},
                              OperationKind{"ReadExact", make<ReadExact>},
                              OperationKind{"ReadToEnd", make<ReadToEnd>},
                              OperationKind{"ReadAll", make<ReadAllOfIt>},
                              OperationKind{"Write", make<Write>},
                              OperationKind{"WriteAll", make<WriteAll>},
                              OperationKind{"WriteAllGathered", make<WriteAllGathered>},
                              OperationKind{"WaitReadable", make<WaitReadable>},
                              OperationKind{"WaitWritable", make<WaitWritable>},
                              OperationKind{"Sleep", make<Sleep>}};

}  // namespace

std::span<const OperationKind> all_operations() {
  return kinds;
}

}  // namespace mtcp::test
