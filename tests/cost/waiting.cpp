#include <utility>
#include <vector>

#include "connection.hpp"
#include "helper.hpp"
#include "operations.hpp"
#include "repeat.hpp"

namespace cost {

void read_waiting(unsigned count) {
  Connection connection;
  Helper helper(poll_number,
                [&](unsigned) { mtcp::or_raise(connection.peer.write_all(message, patience)); });
  Message buffer;
  repeat(count, [&](unsigned) {
    const auto size = connection.stream.read(buffer, patience);
    helper.operation_is_done();
    return size && *size == buffer.size();
  });
}

/// With no time at all: in how many parts a longer wait is slept depends on the machine.
void read_without_time(unsigned count) {
  Connection connection;
  Message buffer;
  repeat(count, [&](unsigned) {
    const auto size = connection.stream.read(buffer, std::chrono::seconds(0));
    return !size && size.error().timed_out();
  });
}

/// A manager and a handle on the stream for each: nothing has to be restarted.
void read_cancelled(unsigned count) {
  Connection connection;
  std::vector<mtcp::TcpCanceller> cancellers;
  std::vector<mtcp::TcpStream> streams;
  for (unsigned i = 0; i < most; ++i) {
    const auto manager = make_manager();
    auto clone = mtcp::or_raise(connection.stream.try_clone());
    clone.tie(manager);
    cancellers.push_back(manager.canceller());
    streams.push_back(std::move(clone));
  }
  Helper helper(poll_number, [&](unsigned operation) { cancellers[operation].cancel(); });
  Message buffer;
  repeat(count, [&](unsigned i) {
    const auto size = streams[i].read(buffer, patience);
    helper.operation_is_done();
    return !size && size.error().cancelled();
  });
}

}  // namespace cost
