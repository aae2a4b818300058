#pragma once

#include <initializer_list>
#include <string_view>

namespace proxy {

enum class Verbosity { Quiet, Normal, Verbose };

/// Lines to stderr. Any thread; lines never mix.
class Log {
 public:
  explicit Log(Verbosity verbosity) noexcept : verbosity_(verbosity) {}

  /// Writes a line made of `pieces`, whatever the verbosity.
  void say(std::initializer_list<std::string_view> pieces) const { say(Verbosity::Quiet, pieces); }

  /// Writes it if the log is at least this verbose.
  void say(Verbosity least, std::initializer_list<std::string_view> pieces) const;

 private:
  Verbosity verbosity_;
};

}  // namespace proxy
