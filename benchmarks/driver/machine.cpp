#include "machine.hpp"

#include <array>
#include <ctime>
#include <fstream>
#include <sys/utsname.h>
#include <thread>

#include "processors.hpp"

namespace bench {
namespace {

/// The text after `prefix` in the first line of a file that starts with it.
std::string line_after(const char* file, std::string_view prefix) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(prefix)) return line.substr(prefix.size());
  }
  return {};
}

std::string processor() {
  const std::string line = line_after("/proc/cpuinfo", "model name");
  const auto colon = line.find(": ");
  const std::string model = colon == std::string::npos ? "unknown" : line.substr(colon + 2);
  const bool is_virtual = line_after("/proc/cpuinfo", "flags").contains(" hypervisor");
  return model + (is_virtual ? ", in a virtual machine" : "");
}

std::string count_of_processors() {
  const auto used = allowed_processors().size();
  const auto online = std::thread::hardware_concurrency();
  const std::string all = std::to_string(online);
  return used == online ? all : std::to_string(used) + " of " + all;
}

std::string kernel() {
  utsname name = {};
  ::uname(&name);
  return std::string(name.sysname) + ' ' + name.release + ' ' + name.machine;
}

std::string distribution() {
  std::string name = line_after("/etc/os-release", "PRETTY_NAME=");
  std::erase(name, '"');
  return name.empty() ? "unknown" : name;
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::array<char, 16> text = {};
  std::strftime(text.data(), text.size(), "%Y-%m-%d", std::gmtime(&now));
  return text.data();
}

std::string compiler() {
#ifdef __clang__
  return __VERSION__;
#else
  return "g++ " __VERSION__;
#endif
}

}  // namespace

std::vector<std::pair<std::string, std::string>> describe_machine() {
  return {
      {"date", today()},    {"processor", processor()},       {"processors", count_of_processors()},
      {"kernel", kernel()}, {"distribution", distribution()}, {"compiler", compiler()}};
}

}  // namespace bench
