// mtcp-proxy, a small TCP forwarder; mtcp-proxy.1 is its manual.
//
// It is also a program to learn mtcp from:
//   forwarder.cpp   one connection from beginning to end, as straight code
//   proxy.cpp       a server that logs, drains and stops
//   on_signal.cpp   a signal that wakes a thread
//   with_tls        TLS on either side
// The rest is text in and out; system.cpp alone knows the operating system.
#include <exception>
#include <iostream>

#include "options.hpp"
#include "proxy.hpp"
#include "version.hpp"

namespace {

constexpr int success = 0;
constexpr int failure = 1;
constexpr int wrong_usage = 2;

int refuse(const proxy::Options& options) {
  if (!options.complaint.empty()) std::cerr << "mtcp-proxy: " << options.complaint << '\n';
  std::cerr << "Try 'mtcp-proxy --help' for more information.\n";
  return wrong_usage;
}

/// For what was asked for, and is not there if stdout is not.
int tell(std::string_view text) {
  return std::cout << text << std::flush ? success : failure;
}

int serve(const proxy::Options& options) {
  proxy::run(options);
  return success;
}

}  // namespace

int main(int argc, char** argv) try {
  using Action = proxy::Options::Action;
  const auto options = proxy::parse_options(argc, argv);
  switch (options.action) {
    case Action::ShowHelp:
      return tell(proxy::help());
    case Action::ShowVersion:
      return tell("mtcp-proxy " + std::string(proxy::version) + "\n");
    case Action::Refuse:
      return refuse(options);
    case Action::Run:
      break;
  }
  return serve(options);
} catch (const std::exception& error) {
  std::cerr << "mtcp-proxy: " << error.what() << '\n';
  return failure;
}
