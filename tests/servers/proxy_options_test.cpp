// What mtcp-proxy makes of its command line.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "servers/support/program.hpp"
#include "servers/support/running_proxy.hpp"
#include "support/pair.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

struct Ended {
  int status = -1;
  std::string output;
  std::string errors;
};

Ended run_proxy(Words words) {
  words.insert(words.begin(), proxy_program());
  Program program(words);
  const auto ending = program.wait(60s);
  return {ending ? ending->status : -1, program.output(), program.errors()};
}

struct BadCase {
  std::string name;
  Words words;            // with a good --listen and a good target around them, but for the first
  std::string complaint;  // what it says
};

void PrintTo(const BadCase& bad, std::ostream* out) {
  *out << bad.name;
}

class ProxyOptions : public ::testing::TestWithParam<BadCase> {};

TEST_P(ProxyOptions, AreRefusedWithAReason) {
  const auto ended = run_proxy(GetParam().words);
  EXPECT_EQ(ended.status, 2);
  EXPECT_NE(ended.errors.find(GetParam().complaint), std::string::npos) << ended.errors;
  EXPECT_NE(ended.errors.find("\nTry 'mtcp-proxy --help'"), std::string::npos) << ended.errors;
  EXPECT_EQ(ended.output, "");
}

/// A bad value of a good option.
BadCase bad_value(std::string name, const std::string& option, const std::string& value,
                  const std::string& complaint) {
  return {std::move(name),
          {"--listen", "127.0.0.1:0", option, value, "localhost:1"},
          "mtcp-proxy: " + option + " '" + value + "': " + complaint};
}

BadCase bad_target(std::string name, const std::string& target) {
  return {std::move(name),
          {"-l", "127.0.0.1:0", target},
          "mtcp-proxy: '" + target + "' is no HOST:PORT"};
}

INSTANTIATE_TEST_SUITE_P(
    Usage, ProxyOptions,
    ::testing::Values(
        BadCase{"Nothing", {}, "no --listen"}, BadCase{"NoListen", {"localhost:1"}, "no --listen"},
        BadCase{"NoTarget", {"--listen", "127.0.0.1:0"}, "one HOST:PORT is needed, there are 0"},
        BadCase{"TwoTargets",
                {"--listen", "127.0.0.1:0", "a:1", "b:2"},
                "one HOST:PORT is needed, there are 2"},
        BadCase{"UnknownOption", {"--frobnicate"}, "'--frobnicate'"},
        BadCase{"UnknownLetter", {"-x"}, "'x'"},
        BadCase{"NoValue", {"--grace"}, "'--grace' requires an argument"},
        BadCase{"NeedlessValue", {"--quiet=yes"}, "'--quiet' doesn't allow an argument"}),
    [](const auto& each) { return each.param.name; });

/// Options for TLS that do not fit together.
BadCase bad_tls(std::string name, Words words, const std::string& complaint) {
  words.insert(words.end(), {"--listen", "127.0.0.1:0", "localhost:1"});
  return {std::move(name), std::move(words), "mtcp-proxy: " + complaint};
}

INSTANTIATE_TEST_SUITE_P(
    Tls, ProxyOptions,
    ::testing::Values(
        bad_tls("NoKey", {"--certificate", "a"}, "each --certificate needs a --key: there are 1"),
        bad_tls("NoCertificate", {"--key", "a"}, "each --certificate needs a --key: there are 0"),
        bad_tls("Authorities", {"--client-authorities", "a"},
                "--client-authorities needs a --certificate"),
        bad_tls("TargetAuthorities", {"--target-authorities", "a"},
                "--target-authorities needs --target-tls"),
        bad_tls("TargetName", {"--target-name", "a"}, "--target-name needs --target-tls"),
        bad_value("NoFile", "--certificate", "", "not the name of a file"),
        bad_value("NoTime", "--handshake-timeout", "0s", "zero leaves no time")),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Listen, ProxyOptions,
    ::testing::Values(bad_value("Name", "--listen", "localhost:80", "not an address"),
                      bad_value("NoPort", "--listen", "127.0.0.1", "not an address"),
                      bad_value("NoBrackets", "--listen", "::1:80", "not an address"),
                      bad_value("Zeros", "--listen", "127.0.0.01:80", "not an address"),
                      bad_value("BigPort", "--listen", "127.0.0.1:65536", "not an address"),
                      bad_value("Empty", "--listen", "", "not an address")),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(Target, ProxyOptions,
                         ::testing::Values(bad_target("NoPort", "localhost"),
                                           bad_target("EmptyPort", "localhost:"),
                                           bad_target("PortZero", "localhost:0"),
                                           bad_target("BigPort", "localhost:65536"),
                                           bad_target("SignedPort", "localhost:+80"),
                                           bad_target("NamedPort", "localhost:http"),
                                           bad_target("NoHost", ":80"), bad_target("Empty", ""),
                                           bad_target("NoBrackets", "::1:80"),
                                           bad_target("OpenBracket", "[::1:80"),
                                           bad_target("NameInBrackets", "[localhost]:80")),
                         [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Duration, ProxyOptions,
    ::testing::Values(bad_value("NoUnit", "--idle-timeout", "5", "not a duration"),
                      bad_value("NoNumber", "--idle-timeout", "s", "not a duration"),
                      bad_value("Empty", "--grace", "", "not a duration"),
                      bad_value("Space", "--grace", "5 s", "not a duration"),
                      bad_value("Fraction", "--total-timeout", "1.5s", "not a duration"),
                      bad_value("Sign", "--connect-timeout", "+5s", "not a duration"),
                      bad_value("Negative", "--connect-timeout", "-5s", "not a duration"),
                      bad_value("WrongUnit", "--grace", "5m", "not a duration"),
                      bad_value("WrongCase", "--grace", "5S", "not a duration"),
                      bad_value("Tail", "--grace", "5s5", "not a duration"),
                      bad_value("TooLong", "--grace", "2562048h", "not a duration"),
                      bad_value("NoNumberAtAll", "--grace", "99999999999999999999s",
                                "not a duration"),
                      bad_value("ZeroConnect", "--connect-timeout", "0s", "zero leaves no time"),
                      bad_value("ZeroIdle", "--idle-timeout", "0ms", "zero leaves no time"),
                      bad_value("ZeroTotal", "--total-timeout", "0h", "zero leaves no time")),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    MaxConnections, ProxyOptions,
    ::testing::Values(bad_value("Zero", "--max-connections", "0", "not a number from 1 to"),
                      bad_value("Negative", "--max-connections", "-1", "not a number from 1 to"),
                      bad_value("Word", "--max-connections", "many", "not a number from 1 to"),
                      bad_value("Tail", "--max-connections", "10k", "not a number from 1 to"),
                      bad_value("TooMany", "--max-connections", "1000001",
                                "not a number from 1 to 1000000")),
    [](const auto& each) { return each.param.name; });

TEST(ProxyUsage, ListensOnSixteenAddressesAndNotOnSeventeen) {
  Words more;
  for (int i = 0; i < 15; ++i) more.insert(more.end(), {"--listen", "127.0.0.1:0"});
  RunningProxy proxy("localhost:1", {.arguments = more});
  std::set<SocketAddr> addresses;
  for (std::size_t i = 0; i < 16; ++i) addresses.insert(proxy.address(i));
  EXPECT_EQ(addresses.size(), 16U);
  more.insert(more.end(), {"-l", "127.0.0.1:0", "-l", "127.0.0.1:0", "localhost:1"});
  const auto ended = run_proxy(more);
  EXPECT_EQ(ended.status, 2);
  EXPECT_NE(ended.errors.find("more than 16"), std::string::npos) << ended.errors;
}

TEST(ProxyUsage, TakesEveryUnitOfTimeAndNone) {
  for (const std::string limit : {"500ms", "10s", "5min", "2562047h", "none"}) {
    RunningProxy proxy("localhost:1",
                       {.arguments = {"--connect-timeout", limit, "--idle-timeout", limit,
                                      "--total-timeout", limit, "--grace", limit}});
    proxy.begin_to_stop();
    EXPECT_EQ(proxy.status(), 0) << limit;
    EXPECT_NE(proxy.log().find("grace: " + limit + "\n"), std::string::npos) << proxy.log();
  }
}

TEST(ProxyUsage, EndsWithOneWhenItCannotListen) {
  const auto taken = make_listener(make_manager());
  const auto address = or_raise(taken.local_addr()).to_string();
  const auto ended = run_proxy({"--listen", address, "localhost:1"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(ended.errors, "mtcp-proxy: bind to " + address + ": Address already in use\n");
}

TEST(ProxyUsage, ShowsItsVersion) {
  for (const char* option : {"--version", "-V"}) {
    const auto ended = run_proxy({option, "--listen", "nonsense"});
    EXPECT_EQ(ended.status, 0);
    EXPECT_EQ(ended.output, "mtcp-proxy " MTCP_VERSION "\n");
    EXPECT_EQ(ended.errors, "");
  }
}

TEST(ProxyUsage, SaysWhenItsHelpCannotBeWritten) {
  Program program({"sh", "-c", "exec \"$0\" --help >/dev/full", proxy_program()});
  const auto ending = program.wait(60s);
  ASSERT_TRUE(ending);
  EXPECT_EQ(ending->status, 1);
}

/// All that `pattern` finds in `text`, by its first group.
std::set<std::string> find_all(const std::string& text, const char* pattern) {
  const std::regex expression(pattern);
  std::set<std::string> found;
  for (std::sregex_iterator each(text.begin(), text.end(), expression), end; each != end; ++each)
    found.insert((*each)[1]);
  return found;
}

std::string manual() {
  std::ifstream file(MTCP_PROXY_MANUAL);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(ProxyUsage, IsToldAlikeByTheHelpAndTheManual) {
  const auto help = run_proxy({"--help"});
  EXPECT_EQ(help.status, 0);
  const auto long_options = find_all(help.output, R"(\n +(?:-[a-zA-Z], )?--([a-z-]+))");
  EXPECT_GE(long_options.size(), 10U) << help.output;
  EXPECT_EQ(find_all(manual(), R"(\n\.It (?:Fl [a-zA-Z] , )?Fl -([a-z-]+))"), long_options);
  EXPECT_EQ(find_all(manual(), R"(\n\.It Fl ([a-zA-Z]) ,)"),
            find_all(help.output, R"(\n +-([a-zA-Z]), --)"));
  const std::regex too_long("[^\n]{81}");
  EXPECT_FALSE(std::regex_search(help.output, too_long)) << help.output;
}

TEST(ProxyUsage, HasAManualWithoutMistakes) {
  const auto lint = find_program("mandoc");
  if (lint.empty()) GTEST_SKIP() << "mandoc is not installed";
  Program program({lint, "-T", "lint", "-W", "warning", MTCP_PROXY_MANUAL});
  const auto ending = program.wait(60s);
  ASSERT_TRUE(ending);
  EXPECT_EQ(ending->status, 0) << program.output() << program.errors();
}

}  // namespace
}  // namespace mtcp::test
