#pragma once

#include <functional>
#include <string>

namespace mtcp::test {

/// Runs `body` in a child process with a network of its own: a loopback that is up, and nothing
/// else. Skips the test, saying why, where the system does not let us make one.
void run_in_own_network(const std::function<void()>& body);

/// The same with the command `ip`, and with two ends of a cable: v0 is 10.9.0.1/24 and
/// fe80::77%v0, nobody answers at v1. Skips where `ip` is not installed.
void run_with_own_cable(const std::function<void()>& body);

/// Whether networks of our own have IPv6, whatever the system's own network has.
bool kernel_has_ipv6();

/// Runs `ip` with these arguments; a failure is the test's.
void ip(const std::string& arguments);

/// Writes to a file below /proc/sys/net; a failure is the test's.
void set_network_option(const std::string& name, const std::string& value);

}  // namespace mtcp::test
