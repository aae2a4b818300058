#pragma once

#include <memory>
#include <span>
#include <string_view>

#include <mtcp/mtcp.hpp>

namespace mtcp::test {

/// One of mtcp's operations, together with all that it needs to wait, to be let go, and to go on
/// after an error; all bytes are checked. The other end belongs to a manager of its own.
class BlockingOperation {
 public:
  virtual ~BlockingOperation() = default;

  /// Runs it for at most a minute.
  virtual Result<void> run() = 0;

  /// Lets it succeed, this run or the next. Once; from any thread, but with Obstacle::Present not
  /// while it runs.
  virtual void let_go() = 0;

  /// After let_go(), and after a run() that returned `first`: if that failed, goes on where it
  /// was. Fails the test if anything was lost, doubled or broken.
  void finish(const Result<void>& first);

 protected:
  /// Checks what was done, once it has succeeded.
  virtual void check() = 0;
};

/// Whether the operation waits until it is let go, or may also succeed at once.
enum class Obstacle { Present, Absent };

/// How to make one.
struct OperationKind {
  std::string_view name;
  std::unique_ptr<BlockingOperation> (*make)(const TcpManager& manager, Obstacle obstacle);
};

/// Everything that can be cancelled.
std::span<const OperationKind> all_operations();

}  // namespace mtcp::test
