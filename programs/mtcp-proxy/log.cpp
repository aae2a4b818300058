#include "log.hpp"

#include <cstdio>
#include <string>

namespace proxy {

void Log::say(Verbosity least, std::initializer_list<std::string_view> pieces) const {
  if (verbosity_ < least) return;
  std::string line;
  for (const std::string_view piece : pieces) line += piece;
  line += '\n';
  // stderr has no buffer: this is one write(2). Nobody could be told that it failed.
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace proxy
