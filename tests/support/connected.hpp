#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/pair.hpp"

namespace mtcp::test {

/// What a test needs that is about one connection over loopback.
class Connected : public ::testing::Test {
 protected:
  TcpManager manager_ = make_manager();
  Pair pair_ = make_pair(manager_);
  TcpStream& client_ = pair_.client;
  TcpStream& server_ = pair_.server;
};

/// The same with small buffers in the kernel from client_ to server_: `too_much` does not fit.
class NarrowlyConnected : public Connected {
 protected:
  void SetUp() override;

  static constexpr std::size_t too_much = 4 << 20;
};

/// Sends `text`; throws if that fails.
void give(TcpStream& stream, std::string_view text);

/// Receives exactly `size` bytes; throws if that fails.
std::string take(TcpStream& stream, std::size_t size);

/// Receives all up to the end of the stream; throws if that fails.
std::string take_rest(TcpStream& stream);

}  // namespace mtcp::test
