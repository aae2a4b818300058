#include "support/linux/own_network.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "support/posix/child_process.hpp"

namespace mtcp::test {

namespace {

constexpr int forbidden = 77;  // what automake's tests exit with to be skipped

/// As root a network alone will do; others need a user namespace around it, in which they are root.
bool enter_network() {
  if (::unshare(CLONE_NEWNET) == 0) return true;
  const auto user = ::geteuid();
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
  return bool(std::ofstream("/proc/self/uid_map") << "0 " << user << " 1\n" << std::flush);
}

void raise_loopback() {
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  EXPECT_EQ(::ioctl(socket, SIOCSIFFLAGS, &request), 0) << std::strerror(errno);
  ::close(socket);
}

int run_there(const std::function<void()>& body) {
  if (!enter_network()) {
    std::perror("a network namespace");
    return forbidden;
  }
  raise_loopback();
  body();
  return 0;
}

bool has_ip() {
  return std::system("ip -V >/dev/null 2>&1") == 0;
}

}  // namespace

void run_in_own_network(const std::function<void()>& body) {
  const Ending ending = run_in_child([&] { return run_there(body); });
  if (ending.status == forbidden) GTEST_SKIP() << "this system forbids a network of our own";
  EXPECT_FALSE(ending.hung);
  EXPECT_EQ(ending.signal, 0);
  EXPECT_EQ(ending.status, 0);
}

void run_with_own_cable(const std::function<void()>& body) {
  if (!has_ip()) GTEST_SKIP() << "the command ip (iproute2) is not installed";
  run_in_own_network([&] {
    ip("link add v0 type veth peer name v1");
    ip("address add 10.9.0.1/24 dev v0");
    ip("link set v0 up");
    ip("link set v1 up");
    if (kernel_has_ipv6()) ip("-6 address add fe80::77/64 dev v0 nodad");
    body();
  });
}

bool kernel_has_ipv6() {
  return ::access("/proc/sys/net/ipv6", F_OK) == 0;
}

void ip(const std::string& arguments) {
  EXPECT_EQ(std::system(("ip " + arguments).c_str()), 0) << arguments;
}

void set_network_option(const std::string& name, const std::string& value) {
  std::ofstream file("/proc/sys/net/" + name);
  EXPECT_TRUE(file << value << std::flush) << name;
}

}  // namespace mtcp::test
