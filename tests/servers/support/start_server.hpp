#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "servers/support/program.hpp"

namespace mtcp::test {

struct StartedServer {
  std::unique_ptr<Program> program;
  std::uint16_t port = 0;
};

/// Calls `start` with a port of 127.0.0.1 that was free a moment ago, and waits until `answers`
/// says that the server is there. If it ends before that (the port may be taken meanwhile), another
/// port is tried. Throws with what the server has written if nothing helps.
StartedServer start_server(const std::function<std::unique_ptr<Program>(std::uint16_t port)>& start,
                           const std::function<bool(const StartedServer&)>& answers);

}  // namespace mtcp::test
