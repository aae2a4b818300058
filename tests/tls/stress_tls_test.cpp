#include <algorithm>
#include <cstddef>
#include <cstring>
#include <future>
#include <vector>

#include <gtest/gtest.h>

#include "support/pattern.hpp"
#include "tls/support/tls_pair.hpp"

// A gibibyte each way at once, by two threads at each end.

namespace mtcp::test {

namespace {

constexpr std::size_t gibibyte = std::size_t{1} << 30;
constexpr std::size_t period = std::size_t{1} << 24;

void send(TlsStream& stream) {
  const auto bytes = pattern(period);
  for (std::size_t sent = 0; sent < gibibyte; sent += period)
    or_raise(stream.write_all(bytes, idle(long_enough)));
  or_raise(stream.shutdown(Shutdown::Write));
}

/// How many bytes came that were right.
std::size_t receive(TlsStream& stream) {
  const auto expected = pattern(period);
  std::vector<std::byte> bytes(65536);
  for (std::size_t received = 0;;) {
    const std::size_t place = received % period;
    const auto piece = std::span(bytes).first(std::min(bytes.size(), period - place));
    const auto count = or_raise(stream.read(piece, long_enough));
    if (count == 0) return received;
    if (std::memcmp(piece.data(), &expected[place], count) != 0) return received;
    received += count;
  }
}

}  // namespace

TEST(StressTls, CarriesAGibibyteEachWayAtOnce) {
  auto pair = make_tls_pair(make_manager());
  auto there = std::async(std::launch::async, [&] { send(pair.client); });
  auto back = std::async(std::launch::async, [&] { send(pair.server); });
  auto received = std::async(std::launch::async, [&] { return receive(pair.server); });
  EXPECT_EQ(receive(pair.client), gibibyte);
  EXPECT_EQ(received.get(), gibibyte);
  there.get();
  back.get();
}

}  // namespace mtcp::test
