#include <fcntl.h>
#include <string>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/connected.hpp"
#include "support/errors.hpp"

namespace mtcp::test {
namespace {

using namespace std::chrono_literals;

class PosixErrorOfEveryCall : public Connected {
 protected:
  void expect(const TcpError& error, const std::string& message) {
    EXPECT_EQ(error.message(), message);
  }
};

TEST_F(PosixErrorOfEveryCall, ThatTakesADescriptorSaysWhich) {
  expect(error_of(TcpStream::adopt(manager_, -1)),
         "adopt stream from descriptor -1: Bad file descriptor");
  expect(error_of(TcpListener::adopt(manager_, -1)),
         "adopt listener from descriptor -1: Bad file descriptor");
  const int file = ::open("/dev/null", O_RDWR);
  expect(error_of(TcpStream::adopt(manager_, file)), "adopt stream from descriptor " +
                                                         std::to_string(file) + ": " +
                                                         in_words(std::errc::not_a_socket));
  const auto handle = server_.native_handle();
  expect(error_of(manager_.wait_readable(handle, 0s)),
         "wait until readable on descriptor " + std::to_string(static_cast<int>(handle)) +
             ": timed out");
  expect(error_of(manager_.wait_writable(-1, 0s)),
         "wait until writable on descriptor -1: Bad file descriptor");
}

}  // namespace
}  // namespace mtcp::test
