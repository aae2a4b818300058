#include "kernel_counters.hpp"

#include <fstream>
#include <sstream>

namespace bench {
namespace {

/// A line of names, then a line of values, as in `TcpExt: A B C` and `TcpExt: 1 2 3`.
std::map<std::string, long> read_counters() {
  std::ifstream in("/proc/net/netstat");
  std::map<std::string, long> counters;
  for (std::string names, values; std::getline(in, names) && std::getline(in, values);) {
    std::istringstream each_name(names);
    std::istringstream each_value(values);
    std::string name, value;
    each_name >> name;
    each_value >> value;
    while (each_name >> name && each_value >> value) {
      if (name == "ListenOverflows" || name == "TCPTimeouts") {
        counters[name] = std::stol(value);
      }
    }
  }
  return counters;
}

}  // namespace

KernelCounters::KernelCounters() : before_(read_counters()) {}

std::string KernelCounters::growth() const {
  std::string text;
  for (const auto& [name, value] : read_counters()) {
    const auto before = before_.find(name);
    if (before == before_.end() || value <= before->second) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(value - before->second) + ' ' + name;
  }
  return text;
}

}  // namespace bench
