#include "support/posix/fault.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <functional>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <gtest/gtest.h>
#include <mtcp/mtcp.hpp>

#include "support/descriptors.hpp"
#include "support/limits.hpp"
#include "support/pair.hpp"
#include "support/patience.hpp"

/// F04: every operation, with each of its system calls failing in turn.
namespace mtcp::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

/// What operations are tried on; made while nothing fails.
struct Ground {
  TcpManager manager = make_manager();
  TcpListener listener = make_listener(manager);
  Pair pair = make_pair(manager);
  SocketAddr address = or_raise(listener.local_addr());
  TcpListener spare = make_listener(manager);
  TcpStream queued = or_raise(TcpStream::connect(manager, address, 60s));
};

using Outcome = std::optional<TcpError>;

struct Operation {
  const char* name;
  std::function<Outcome(Ground&)> run;
};

std::ostream& operator<<(std::ostream& out, const Operation& operation) {
  return out << operation.name;
}

/// Has `ready` sent to the client before, and says how `read` ended.
template <class Read>
Outcome after_sending(Ground& ground, std::string_view ready, Read read) {
  if (auto sent = ground.pair.server.write_all(ready, 60s); !sent) return sent.error();
  return error_of(read(ground.pair.client));
}

const Operation operations[] = {
    {"Create", [](Ground&) { return error_of(TcpManager::create()); }},
    {"Child", [](Ground& on) { return error_of(on.manager.child()); }},
    {"Sleep", [](Ground& on) { return error_of(on.manager.sleep(100ms)); }},
    {"WaitReadable",
     [](Ground& on) {
       return error_of(on.manager.wait_readable(on.listener.native_handle(), 60s));
     }},
    {"WaitWritable",
     [](Ground& on) {
       return error_of(on.manager.wait_writable(on.pair.client.native_handle(), 60s));
     }},
    {"CancelOnSignal",
     [](Ground& on) { return error_of(CancelOnSignal::install(on.manager.canceller())); }},
    {"Bind",
     [](Ground& on) {
       return error_of(TcpListener::bind(on.manager, "127.0.0.1:0", {.reuse_port = true}));
     }},
    {"BindV6",
     [](Ground& on) {
       return error_of(TcpListener::bind(on.manager, SocketAddr::any_v6(), {.v6_only = true}));
     }},
    {"AdoptListener",
     [](Ground& on) { return error_of(TcpListener::adopt(on.manager, on.spare.release())); }},
    {"Accept", [](Ground& on) { return error_of(on.listener.accept(60s)); }},
    {"ListenerAddress", [](Ground& on) { return error_of(on.listener.local_addr()); }},
    {"Connect",
     [](Ground& on) { return error_of(TcpStream::connect(on.manager, on.address, 60s)); }},
    {"AdoptStream",
     [](Ground& on) { return error_of(TcpStream::adopt(on.manager, on.pair.client.release())); }},
    {"Clone", [](Ground& on) { return error_of(on.pair.client.try_clone()); }},
    {"StreamAddresses",
     [](Ground& on) {
       if (auto peer = on.pair.client.peer_addr(); !peer) return error_of(peer);
       return error_of(on.pair.client.local_addr());
     }},
    {"Read",
     [](Ground& on) {
       return after_sending(on, "x"sv, [](TcpStream& stream) {
         std::array<char, 8> bytes;
         return stream.read(bytes, 60s);
       });
     }},
    {"Peek",
     [](Ground& on) {
       return after_sending(on, "x"sv, [](TcpStream& stream) {
         std::array<char, 8> bytes;
         return stream.peek(bytes, 60s);
       });
     }},
    {"ReadExact",
     [](Ground& on) {
       return after_sending(on, "12345678"sv, [](TcpStream& stream) {
         std::array<char, 8> bytes;
         return stream.read_exact(bytes, 60s);
       });
     }},
    {"ReadAll",
     [](Ground& on) {
       return after_sending(on, "12345678"sv, [](TcpStream& stream) {
         std::string seen;
         auto eight = [](std::string_view all) { return all.size() == 8; };
         return stream.read_all(seen, {.timeout = 60s, .chunk = 3}, eight);
       });
     }},
    {"ReadToEnd",
     [](Ground& on) {
       return after_sending(on, "12345678"sv, [&](TcpStream& stream) -> Result<std::size_t> {
         if (auto end = on.pair.server.shutdown(Shutdown::Write); !end)
           return std::unexpected(end.error());
         std::string seen;
         return stream.read_to_end(seen, 8, 60s);
       });
     }},
    {"Write", [](Ground& on) { return error_of(on.pair.client.write("hello"sv, 60s)); }},
    {"WriteAll",
     [](Ground& on) { return error_of(on.pair.client.write_all({"hello"sv, "you"sv}, 60s)); }},
    {"Shutdown", [](Ground& on) { return error_of(on.pair.client.shutdown(Shutdown::Both)); }},
    {"Nodelay",
     [](Ground& on) {
       if (auto set = on.pair.client.set_nodelay(false); !set) return error_of(set);
       return error_of(on.pair.client.nodelay());
     }},
    {"Keepalive",
     [](Ground& on) {
       if (auto set = on.pair.client.set_keepalive(Keepalive{}); !set) return error_of(set);
       return error_of(on.pair.client.keepalive());
     }},
    {"Linger",
     [](Ground& on) {
       if (auto set = on.pair.client.set_linger(0s); !set) return error_of(set);
       return error_of(on.pair.client.linger());
     }},
    {"ReceiveBufferSize",
     [](Ground& on) {
       if (auto set = on.pair.client.set_receive_buffer_size(65536); !set) return error_of(set);
       return error_of(on.pair.client.receive_buffer_size());
     }},
    {"SendBufferSize",
     [](Ground& on) {
       if (auto set = on.pair.client.set_send_buffer_size(65536); !set) return error_of(set);
       return error_of(on.pair.client.send_buffer_size());
     }},
    {"TakeError", [](Ground& on) { return error_of(on.pair.client.take_error()); }}};

class Fault : public testing::TestWithParam<Operation> {
 protected:
  /// The operation with its n-th call failing; false when it makes fewer.
  bool fail(unsigned n, int error) {
    const auto before = open_descriptors();
    bool happened = false;
    {
      Ground ground;
      Outcome outcome;
      const auto took = elapsed([&] {
        const FailingCall failing(n, error);
        outcome = GetParam().run(ground);
        happened = failing.happened();
      });
      EXPECT_LT(took, 30s) << "hung";
      if (outcome) expect_clear(*outcome, error);
      EXPECT_TRUE(happened || !outcome) << outcome->message();
      failures_ += outcome.has_value();
    }
    EXPECT_EQ(open_descriptors(), before) << "when call " << n << " failed";
    return happened && !HasFailure();
  }

  int failures_ = 0;

 private:
  DescriptorLimit quick_{256};
};

TEST_P(Fault, IsToldAndLeavesNothingBehind) {
  for (const int error : {EMFILE, ENOMEM, EIO, ECONNRESET, ENOBUFS}) {
    SCOPED_TRACE(std::strerror(error));
    failures_ = 0;
    for (unsigned n = 1; fail(n, error); ++n) continue;
    EXPECT_GT(failures_, 0) << "no call was made, or none was looked at";
  }
}

// Laws 2 and 3
TEST(FaultOfAStream, LosesNothing) {
  const auto manager = make_manager();
  auto pair = make_pair(manager);
  std::array<char, 8> bytes;
  for (const int error : {ENOMEM, ENOBUFS, EIO}) {
    ASSERT_TRUE(pair.server.write_all("12345678"sv, 60s));
    {
      const FailingCall failing(2, error, [](const auto& call) { return call.name == "recv"; });
      ASSERT_EQ(or_raise(pair.client.read(std::span(bytes).first(3), 60s)), 3U);
      const auto failed = pair.client.read_exact(bytes, 60s);
      ASSERT_FALSE(failed);
      expect_clear(failed.error(), error);
      EXPECT_EQ(failed.error().transferred(), 0U);
    }
    ASSERT_TRUE(pair.client.read_exact(std::span(bytes).first(5), 60s));
    EXPECT_EQ(std::string_view(bytes.data(), 5), "45678");
  }
}

// Laws 2 and 3
TEST(FaultOfAStream, SaysHowMuchWasWritten) {
  const auto manager = make_manager();
  auto pair = make_pair(manager);
  const std::string message(3 << 20, 'x');  // more than one call sends
  std::string seen;
  std::jthread reader([&] { EXPECT_TRUE(pair.server.read_to_end(seen, 2 * message.size(), 60s)); });
  std::size_t written = 0;
  {
    const FailingCall failing(3, ENOBUFS, [](const auto& call) { return call.name == "send"; });
    const auto failed = pair.client.write_all(message, 60s);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error(), std::errc::no_buffer_space);
    written = failed.error().transferred();
  }
  EXPECT_GT(written, 0U);
  EXPECT_TRUE(pair.client.write_all(std::string_view(message).substr(written), 60s));
  EXPECT_TRUE(pair.client.shutdown(Shutdown::Write));
  reader.join();
  EXPECT_EQ(seen, message);
}

INSTANTIATE_TEST_SUITE_P(Of, Fault, testing::ValuesIn(operations),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace mtcp::test
