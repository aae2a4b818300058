#include <future>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/errors.hpp"
#include "support/pair.hpp"
#include "support/parked.hpp"

// Law 8: a thread that waits never swallows what another waits for, whichever way its own wait
// ends.

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

TEST(SeveralAcceptors, OfWhomSomeAreCancelledAndSomeTimeOutLeaveAllConnectionsToTheRest) {
  const auto outside = make_manager();
  const auto cancelled = make_manager();
  const auto patient = make_manager();
  auto listener = make_listener(cancelled);
  auto same = or_raise(TcpListener::adopt(patient, ::dup(int(listener.native_handle()))));
  std::vector<std::future<Result<TcpConnection>>> losers;
  for (int i = 0; i < 4; ++i)
    losers.push_back(std::async(std::launch::async, [&] { return listener.accept(); }));
  for (int i = 0; i < 4; ++i)
    losers.push_back(std::async(std::launch::async, [&] { return same.accept(1ms); }));
  std::vector<std::future<Result<TcpConnection>>> winners;
  for (int i = 0; i < 4; ++i)
    winners.push_back(std::async(std::launch::async, [&] { return same.accept(60s); }));
  wait_until_parked(cancelled, 4);
  cancelled.canceller().cancel();
  for (auto& loser : losers) EXPECT_NE(error_of(loser.get()).kind(), TcpError::Kind::Failed);
  wait_until_parked(patient, 4);
  std::vector<TcpStream> clients;
  for (int i = 0; i < 4; ++i)
    clients.push_back(or_raise(TcpStream::connect(outside, or_raise(same.local_addr()))));
  for (auto& winner : winners) EXPECT_TRUE(winner.get());
}

}  // namespace
}  // namespace mtcp::test
