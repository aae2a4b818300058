#pragma once

#include <future>
#include <ostream>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/pair.hpp"

namespace mtcp::test {

/// The two ways in which relay() works.
enum class RelayWay { OneThread, TwoThreads };

void PrintTo(RelayWay way, std::ostream* out);

inline const auto both_ways = ::testing::Values(RelayWay::OneThread, RelayWay::TwoThreads);

/// relay(), be it as between streams of a kind that it does not know.
RelayReport relay_by(RelayWay way, TcpStream& a, TcpStream& b, Timeout timeout);

/// A relay() in a thread of its own. Destruction cancels it.
class RunningRelay {
 public:
  RunningRelay(RelayWay way, const TcpManager& manager, TcpStream& a, TcpStream& b,
               Timeout timeout);
  RunningRelay(const RunningRelay&) = delete;
  RunningRelay& operator=(const RunningRelay&) = delete;
  ~RunningRelay();

  bool over() const;
  /// Waits until it has ended.
  RelayReport report();

 private:
  TcpManager manager_;
  std::future<RelayReport> result_;
};

/// Two connections, of which the inner ends are to be relayed: left_ <-> a_, b_ <-> right_. The
/// outer ends have a manager of their own.
class Relayed : public ::testing::TestWithParam<RelayWay> {
 protected:
  Relayed();

  RunningRelay start(Timeout timeout = {}) { return {GetParam(), manager_, a_, b_, timeout}; }
  RelayReport run(Timeout timeout) { return relay_by(GetParam(), a_, b_, timeout); }

  TcpManager manager_ = make_manager();
  TcpManager outside_ = make_manager();
  Pair one_ = make_pair(manager_);
  Pair other_ = make_pair(manager_);
  TcpStream& left_ = one_.client;
  TcpStream& a_ = one_.server;
  TcpStream& b_ = other_.client;
  TcpStream& right_ = other_.server;
};

}  // namespace mtcp::test
