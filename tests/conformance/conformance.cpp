#include "conformance/conformance.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <stop_token>
#include <tuple>

#include "support/pattern.hpp"

namespace mtcp::test {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

namespace {

Result<void> without_value(const Result<std::size_t>& result) {
  if (!result) return std::unexpected(result.error());
  return {};
}

std::span<std::byte> bytes_of(std::string& text) {
  return std::as_writable_bytes(std::span(text));
}

Result<void> read_to_end(AnyStream& stream, std::span<std::byte> bytes, Timeout timeout) {
  std::string text;
  const auto count = stream.read_to_end(text, bytes.size(), timeout);
  if (count) std::ranges::copy(bytes_of(text), bytes.begin());
  return without_value(count);
}

Result<void> read_all(AnyStream& stream, std::span<std::byte> bytes, Timeout timeout) {
  std::string text;
  if (bytes.empty()) text = "complete";  // it does not ask about an empty buffer
  const auto complete = [&](std::string_view seen) { return seen.size() >= bytes.size(); };
  const std::size_t limit = std::max(bytes.size(), text.size());
  auto done = stream.read_all(text, {.timeout = timeout, .limit = limit}, complete);
  if (done && !bytes.empty()) std::ranges::copy(bytes_of(text), bytes.begin());
  return done;
}

Result<void> write_halves(AnyStream& stream, std::span<std::byte> bytes, Timeout timeout) {
  const std::size_t half = bytes.size() / 2;
  const std::array<ConstBytes, 3> pieces = {bytes.first(half), ConstBytes(), bytes.subspan(half)};
  return stream.write_pieces(pieces, timeout);
}

const std::array<Call, 5>& all_reads() {
  static const std::array<Call, 5> calls = {
      {{"read", {}, [](auto& s, auto b, auto t) { return without_value(s.read(b, t)); }},
       {"peek", Extra::Peek, [](auto& s, auto b, auto t) { return without_value(s.peek(b, t)); }},
       {"read_exact", Extra::ReadExact, [](auto& s, auto b, auto t) { return s.read_exact(b, t); }},
       {"read_to_end", Extra::ReadToEnd, read_to_end},
       {"read_all", Extra::ReadAll, read_all}}};
  return calls;
}

const std::array<Call, 3>& all_writes() {
  static const std::array<Call, 3> calls = {
      {{"write", {}, [](auto& s, auto b, auto t) { return without_value(s.write(b, t)); }},
       {"write_all", {}, [](auto& s, auto b, auto t) { return s.write_all(b, t); }},
       {"write_all", Extra::Gather, write_halves}}};
  return calls;
}

constexpr std::size_t mebibyte = std::size_t{1} << 20;

constexpr std::array<Limit, 8> limits = {{
    {"a duration", [](nanoseconds d) { return Timeout(d); }},
    {"a Deadline", [](nanoseconds d) { return Timeout(Deadline(d)); }},
    {"a time point", [](nanoseconds d) { return Timeout(std::chrono::steady_clock::now() + d); }},
    {"idle within a duration", [](nanoseconds d) { return idle(1h).within(d); }},
    {"idle within a Deadline", [](nanoseconds d) { return idle(1h).within(Deadline(d)); }},
    {"a rate within a duration", [](nanoseconds d) { return at_least(1, 1h).within(d); }},
    {"idle", [](nanoseconds d) { return idle(d).within(1h); }},
    {"a rate", [](nanoseconds d) { return at_least(64 * mebibyte, d); }},
}};

}  // namespace

std::span<const Limit> all_limits() {
  return limits;
}

std::span<const Limit> total_limits() {
  return std::span(limits).first(6);
}

void Conformance::SetUp() {
  if (const auto reason = GetParam().unavailable(); !reason.empty()) GTEST_SKIP() << reason;
  conversation_ = GetParam().make();
}

bool Conformance::lacks(Extra extra) {
  const auto& lacking = GetParam().lacks;
  return std::ranges::find(lacking, extra, &Lack::extra) != lacking.end();
}

bool Conformance::skip_without(Extra extra) {
  for (const Lack& lack : GetParam().lacks) {
    if (lack.extra != extra) continue;
    [&] { GTEST_SKIP() << lack.reason; }();
    return true;
  }
  return false;
}

std::vector<Call> Conformance::reads() {
  std::vector<Call> calls;
  for (const Call& call : all_reads())
    if (!call.needs || !lacks(*call.needs)) calls.push_back(call);
  return calls;
}

std::vector<Call> Conformance::writes() {
  std::vector<Call> calls;
  for (const Call& call : all_writes())
    if (!call.needs || !lacks(*call.needs)) calls.push_back(call);
  return calls;
}

void Conformance::wait_until_blocked(unsigned count, const std::function<bool()>& over) {
  const Deadline limit(patience);
  while (conversation().blocked() < count && !over() && !limit.expired())
    std::this_thread::sleep_for(200us);
}

std::future<Result<std::size_t>> Conformance::block_a_read(Timeout timeout) {
  return block([this, timeout] {
    std::array<std::byte, 1> one;
    return stream().read(one, timeout);
  });
}

std::future<Result<void>> Conformance::block_a_write(Timeout timeout, unsigned count) {
  return block(
      [this, timeout] { return stream().write_all(pattern(Conversation::too_much), timeout); },
      count);
}

void Conformance::fill() {
  const auto bytes = pattern(Conversation::too_much);
  // The kernel goes on in the background: only what takes nothing for a while is full. And it wakes
  // a writer only when there is a good deal of room, but gives less to one who asks.
  for (int refused = 0; refused < 2;) {
    const auto rest = std::span(bytes).subspan(filled_);
    const auto count = stream().write(rest, refused == 0 ? 100ms : 10ms);
    if (count) filled_ += *count;
    refused = count || conversation().under_way() ? 0 : refused + 1;
  }
}

Result<void> Conformance::write_more(const Call& write, const std::function<Timeout()>& timeout) {
  for (;;) {
    auto byte = pattern(1, filled_);
    auto written = write.run(stream(), byte, timeout());
    if (!written) return written;
    ++filled_;
  }
}

void Conformance::expect_alive() {
  give(stream(), "there");
  EXPECT_EQ(take(peer(), 5), "there");
  give(peer(), "and back");
  EXPECT_EQ(take(stream(), 8), "and back");
}

void Conformance::expect_peer_gets(std::size_t size) {
  or_raise(stream().shutdown(Shutdown::Write));
  const auto received = take_rest(peer());
  EXPECT_EQ(received.size(), size);
  EXPECT_TRUE(is_pattern(received));
}

void Conformance::expect_reads_cancelled() {
  std::array<std::byte, 1> one;
  for (const Call& call : reads()) {
    const auto result = call.run(stream(), one, 0s);
    ASSERT_FALSE(result) << call.name;
    EXPECT_TRUE(result.error().cancelled()) << result.error().message();
  }
}

void Conformance::expect_reset_for_ever() {
  for (int i = 0; i < 2; ++i) {
    for (const Call& call : reads()) {
      std::array<std::byte, 4> bytes;
      const auto result = call.run(stream(), bytes, patience);
      ASSERT_FALSE(result) << call.name << ": a reset was reported as a clean end";
      EXPECT_EQ(result.error().kind(), TcpError::Kind::Failed) << call.name;
      EXPECT_EQ(result.error(), std::errc::connection_reset) << result.error().message();
    }
  }
}

AtWork::AtWork(std::function<void()> step)
    : thread_([step = std::move(step)](const std::stop_token& stop) {
        while (!stop.stop_requested()) step();
      }) {}

void AtWork::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

std::function<void()> trickle(AnyStream& stream, nanoseconds pause) {
  return [&stream, pause] {
    const std::byte one{1};
    std::ignore = stream.write(std::span(&one, 1), 20ms);
    std::this_thread::sleep_for(pause);
  };
}

std::function<void()> sip(AnyStream& stream, std::size_t size, nanoseconds pause,
                          std::vector<std::byte>* received) {
  return [&stream, pause, received, bytes = std::vector<std::byte>(size)]() mutable {
    const auto count = stream.read(bytes, 20ms);
    if (count && received)
      received->insert(received->end(), bytes.begin(), bytes.begin() + std::ptrdiff_t(*count));
    std::this_thread::sleep_for(pause);
  };
}

void give(AnyStream& stream, std::string_view text) {
  or_raise(stream.write_all(text, patience));
}

std::string take(AnyStream& stream, std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t done = 0; done < size;) {
    const auto count = or_raise(stream.read(std::span(text).subspan(done), patience));
    if (count == 0)
      throw std::runtime_error("the stream ended after '" + text.substr(0, done) + "'");
    done += count;
  }
  return text;
}

void give_pattern(AnyStream& stream, std::size_t size, std::size_t offset) {
  const auto bytes = pattern(size, offset);
  std::span<const std::byte> rest = bytes;
  for (std::size_t round = 0; !rest.empty(); ++round) {
    const auto piece = rest.first(std::min(rest.size(), odd_size(round)));
    or_raise(stream.write_all(piece, patience));
    rest = rest.subspan(piece.size());
  }
}

std::vector<std::byte> take_rest(AnyStream& stream) {
  std::vector<std::byte> all;
  for (std::size_t round = 0;; ++round) {
    const std::size_t size = all.size();
    all.resize(size + odd_size(round));
    const auto count = or_raise(stream.read(std::span(all).subspan(size), patience));
    all.resize(size + count);
    if (count == 0) return all;
  }
}

std::size_t odd_size(std::size_t round) {
  return 1 + round * 7919 % 9973;
}

namespace {

std::vector<StreamKind> kinds_in_time() {
  auto kinds = stream_kinds();
  std::erase_if(kinds,
                [](const auto& kind) { return kind.timing == StreamKind::Timing::AsAnother; });
  return kinds;
}

std::string name_of(const ::testing::TestParamInfo<StreamKind>& info) {
  return std::string(info.param.name);
}

INSTANTIATE_TEST_SUITE_P(Of, Conformance, ::testing::ValuesIn(stream_kinds()), name_of);
INSTANTIATE_TEST_SUITE_P(Of, ConformanceInTime, ::testing::ValuesIn(kinds_in_time()), name_of);

}  // namespace

}  // namespace mtcp::test
