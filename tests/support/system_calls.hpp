#pragma once

#include <cerrno>
#include <cstddef>
#include <functional>
#include <string_view>

namespace mtcp::test {

/// What the library is about to ask of the system. mtcp_tests is linked with --wrap, so that every
/// such call of the library passes through here. Where the library makes do with an older call,
/// that goes by the name of the newer one: accept() is "accept4", poll() with a time "ppoll", and
/// pipe(), of which wake events are made then, "eventfd".
struct SystemCall {
  std::string_view name;  // "recv": the name that Linux has for it, whatever the system
  int descriptor;         // its first argument, where that is a descriptor; else -1
};

/// What shall happen to a system call.
struct Verdict {
  enum class Action { Pass, Fail, Shorten };

  Action action = Action::Pass;
  int error = 0;         // of Fail: errno
  std::size_t size = 0;  // of Shorten: the most bytes that it may move

  static Verdict pass() { return {}; }
  static Verdict fail(int error) { return {Action::Fail, error, 0}; }
  static Verdict shorten(std::size_t size) { return {Action::Shorten, 0, size}; }
};

/// While it lives, `judge` decides about every system call of the library, in any thread; it may
/// also act between the check and the wait, or count. One at a time. A failed close() still closes.
class SystemCallJudge {
 public:
  using Judge = std::function<Verdict(const SystemCall&)>;

  explicit SystemCallJudge(Judge judge);
  SystemCallJudge(const SystemCallJudge&) = delete;
  SystemCallJudge& operator=(const SystemCallJudge&) = delete;
  ~SystemCallJudge();
};

/// What the judge says, for what the linker puts in the place of the library's calls.
Verdict judge(std::string_view name, int descriptor);

/// Runs `scenario` again and again; in the n-th run the n-th system call fails with `error`, until
/// a run makes fewer than n. After each run, no descriptor may be left over. Returns how many calls
/// the scenario makes.
unsigned fail_each_call(int error, const std::function<void()>& scenario);

}  // namespace mtcp::test
