#include <cerrno>
#include <csignal>
#include <utility>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/pair.hpp"
#include "support/posix/child_process.hpp"
#include "support/running_server.hpp"
#include "support/system_calls.hpp"

namespace mtcp::test {
namespace {

// A hook that throws would leave nobody to tell.
TEST(Server, EndsTheProgramWhenAHookThrows) {
  const auto thrower = [](const auto&...) { throw 1; };
  const auto run = [](TcpServerOptions options, int accept_error) {
    return run_in_child([&] {
      const auto manager = make_manager();
      const auto quiet = make_manager();
      const SystemCallJudge judge([&](const SystemCall& call) {
        const bool fails = accept_error != 0 && call.name == "accept4";
        return fails ? Verdict::fail(accept_error) : Verdict::pass();
      });
      RunningServer server(make_server(manager, echo, std::move(options)));
      auto client = server.connect(quiet);
      or_raise(client.shutdown(Shutdown::Write));
      expect_end(client);
      server->stop();
      server.report();
      return 0;
    });
  };
  EXPECT_EQ(run({.on_open = thrower}, 0).signal, SIGABRT);
  EXPECT_EQ(run({.on_close = thrower}, 0).signal, SIGABRT);
  EXPECT_EQ(run({.on_accept_error = thrower}, ENOBUFS).signal, SIGABRT);
  EXPECT_EQ(run({.on_drain = thrower}, 0).signal, SIGABRT);
}

}  // namespace
}  // namespace mtcp::test
