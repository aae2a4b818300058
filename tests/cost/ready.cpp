#include <vector>

#include "connection.hpp"
#include "operations.hpp"
#include "repeat.hpp"

namespace cost {

void read(unsigned count) {
  Connection connection;
  connection.queue_messages();
  Message buffer;
  repeat(count, [&](unsigned) {
    const auto size = connection.stream.read(buffer, patience);
    return size && *size == buffer.size();
  });
}

void read_exact(unsigned count) {
  Connection connection;
  connection.queue_messages();
  Message buffer;
  repeat(count,
         [&](unsigned) { return connection.stream.read_exact(buffer, patience).has_value(); });
}

void read_line(unsigned count) {
  Connection connection;
  connection.queue_messages();
  mtcp::TcpReader reader(connection.stream);
  mtcp::or_raise(reader.peek(most * message.size(), patience));  // now all lines are buffered
  repeat(count, [&](unsigned) {
    const auto line = reader.read_line(message.size(), patience);
    return line && *line;
  });
}

void write(unsigned count) {
  Connection connection;
  repeat(count, [&](unsigned) {
    const auto size = connection.stream.write(message, patience);
    return size && *size == message.size();
  });
}

void write_all(unsigned count) {
  Connection connection;
  repeat(count,
         [&](unsigned) { return connection.stream.write_all(message, patience).has_value(); });
}

void write_all_pieces(unsigned count) {
  Connection connection;
  repeat(count, [&](unsigned) {
    return connection.stream.write_all({message, message}, patience).has_value();
  });
}

void cancel(unsigned count) {
  std::vector<mtcp::TcpCanceller> cancellers;
  for (unsigned i = 0; i < most; ++i) cancellers.push_back(make_manager().canceller());
  repeat(count, [&](unsigned i) { return cancellers[i].cancel(); });
}

void accept(unsigned count) {
  const auto manager = make_manager();
  auto listener = mtcp::or_raise(mtcp::TcpListener::bind(manager, "127.0.0.1:0"));
  queue_connections(listener);
  repeat(count, [&](unsigned) {
    auto accepted = listener.accept(patience);
    return accepted && mtcp::TcpStream::from(manager, std::move(*accepted));
  });
}

void connect(unsigned count) {
  const auto manager = make_manager();
  const auto listener = mtcp::or_raise(mtcp::TcpListener::bind(manager, "127.0.0.1:0"));
  const auto address = mtcp::or_raise(listener.local_addr());
  repeat(count, [&](unsigned) {
    return mtcp::TcpStream::connect(manager, address, patience).has_value();
  });
}

}  // namespace cost
