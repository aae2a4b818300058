#pragma once

// What the snippets of the README and of the guide take for granted. A snippet that is no whole
// program is compiled behind this, and either as it is (see `compile`) or inside a function whose
// parameters are `manager`, `listener`, `connection` and `stream`.

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <iostream>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <mtcp/cancel_on_stop.hpp>
#include <mtcp/mtcp.hpp>

using namespace std::literals;

void log(std::string_view line);
