#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include <mtcp/mtcp.hpp>

#include "support/pair.hpp"

namespace mtcp::test {

/// A bound that can be given to every operation, whether it takes a Timeout or a Deadline.
class Bound {
 public:
  template <class R, class P>
  Bound(std::chrono::duration<R, P> length)
      : timeout_(length), deadline_([=] { return Deadline(length); }) {}
  Bound(Deadline deadline) : timeout_(deadline), deadline_([=] { return deadline; }) {}
  Bound(std::chrono::steady_clock::time_point when) : Bound(Deadline(when)) {}

  /// For streams, a bound on silence.
  static Bound idle(std::chrono::nanoseconds length) {
    Bound bound = length;
    bound.timeout_ = mtcp::idle(length);
    return bound;
  }

  Timeout timeout() const { return timeout_; }
  /// Starting now, if it has not started yet.
  Deadline deadline() const { return deadline_(); }

 private:
  Timeout timeout_;
  std::function<Deadline()> deadline_;
};

/// One operation that waits.
struct BoundedOperation {
  std::string_view name;
  std::function<Result<void>(const Bound&)> run;
};

/// Every operation that waits for something, where nothing comes and nothing goes.
class NothingReady {
 public:
  explicit NothingReady(const TcpManager& manager);
  NothingReady(const NothingReady&) = delete;
  NothingReady& operator=(const NothingReady&) = delete;

  /// They refer to this object.
  std::vector<BoundedOperation> operations();

  TcpStream& idle() { return idle_.client; }       // nothing to read
  TcpStream& idle_peer() { return idle_.server; }  // its other end
  TcpStream& full() { return full_.client; }       // no room to write
  TcpStream& full_peer() { return full_.server; }  // its other end
  std::size_t filled() const { return filled_; }   // how many bytes wait there
  TcpListener& listener() { return listener_; }    // nobody has connected

 private:
  void add_reads(std::vector<BoundedOperation>& operations);
  void add_writes(std::vector<BoundedOperation>& operations);
  void add_others(std::vector<BoundedOperation>& operations);

  TcpManager manager_;
  Pair idle_;
  Pair full_;
  TcpListener listener_;
  BlackHole black_hole_;
  std::size_t filled_;
};

}  // namespace mtcp::test
