// mtcp_cost OPERATION COUNT   does the operation COUNT times, and nothing else that depends on
// COUNT mtcp_cost --operations      their names, one a line mtcp_cost --build           what the
// number of its instructions depends on

#include <charconv>
#include <cstdio>
#include <gnu/libc-version.h>
#include <string>
#include <string_view>
#include <system_error>

#include "operations.hpp"
#include "repeat.hpp"

namespace {

#if defined(__clang__)
constexpr char compiler[] = __VERSION__;
#else
constexpr char compiler[] = "g++ " __VERSION__;
#endif

#if defined(__x86_64__)
constexpr char processor[] = "x86-64";
#else
constexpr char processor[] = "another processor";
#endif

struct Operation {
  std::string_view name;
  void (*run)(unsigned count);
};

constexpr Operation operations[] = {
    {"read", cost::read},
    {"raw_recv", cost::raw_recv},
    {"read_exact", cost::read_exact},
    {"read_line", cost::read_line},
    {"write", cost::write},
    {"raw_send", cost::raw_send},
    {"write_all", cost::write_all},
    {"write_all_pieces", cost::write_all_pieces},
    {"raw_sendmsg", cost::raw_sendmsg},
    {"accept", cost::accept},
    {"raw_accept", cost::raw_accept},
    {"connect", cost::connect},
    {"raw_connect", cost::raw_connect},
    {"read_waiting", cost::read_waiting},
    {"raw_recv_waiting", cost::raw_recv_waiting},
    {"raw_poll_waiting", cost::raw_poll_waiting},
    {"read_without_time", cost::read_without_time},
    {"read_cancelled", cost::read_cancelled},
    {"cancel", cost::cancel},
};

void run(std::string_view name, std::string_view count_text) {
  unsigned count = 0;
  const char* const end = count_text.data() + count_text.size();
  const auto [parsed, error] = std::from_chars(count_text.data(), end, count);
  if (error != std::errc() || parsed != end || count > cost::most)
    cost::fail(("COUNT is a number up to " + std::to_string(cost::most)).c_str());
  for (const Operation& operation : operations)
    if (operation.name == name) operation.run(count);
  cost::fail("there is no such operation");
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view first = argc > 1 ? argv[1] : "";
  if (argc == 3) {
    run(first, argv[2]);
  } else if (argc == 2 && first == "--operations") {
    for (const Operation& operation : operations) std::puts(operation.name.data());
  } else if (argc == 2 && first == "--build") {
    std::printf("%s, glibc %s, %s\n", compiler, ::gnu_get_libc_version(), processor);
  } else {
    cost::fail("mtcp_cost OPERATION COUNT | --operations | --build");
  }
}
