// Runs a query on a PostgreSQL through libpq, the server's own client library, and prints the rows.
//
//   postgresql_query CONNINFO QUERY [SECONDS]
//
// CONNINFO is libpq's connection string, as "host=localhost dbname=postgres user=postgres", or a
// URI; it may name one host. QUERY may be several statements, or - to read it from standard input.
// To connect, to send the query and to receive its results may take SECONDS each (default: 5). Rows
// go to standard output, their values separated by tabs. The exit status is 0 if all went well, 1
// if not, 2 if the arguments make no sense.
//
// What it shows
//   - A foreign library under mtcp's deadlines and cancel: libpq never waits here, it only says for
//     what to wait, and wait_readable() and its kin do that. So Ctrl+C and a silent server end
//     every step.
//   - The host is looked up by resolve(), within the deadline too: libpq would block for that.
//
// What libpq does by itself it does without mtcp: it reads files (as .pgpass and services, and a
// host that only a service names it looks up), asks Kerberos where that is set up, and stays with
// an address that is silent until the time is over.
//
// After a timeout or Ctrl+C the connection is closed, which takes no time. PQcancel() would ask the
// server to stop its work, but it blocks. A server with client_connection_check_interval set sees
// by itself that nobody waits any more.
//
// What to try
//   postgresql_query "host=localhost user=postgres" "select 6 * 7"
//   postgresql_query "host=localhost user=postgres" "select pg_sleep(60)"     ends after 5 s
//   nc -l -p 7432 &                                          a server that never answers
//   postgresql_query "host=localhost port=7432" "select 1"   ends after 5 s, or by Ctrl+C
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <libpq-fe.h>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include <mtcp/mtcp.hpp>

namespace {

using Seconds = std::chrono::duration<double>;

/// What libpq gives out, and takes back by `Free`.
template <class T, auto Free>
struct Freed {
  void operator()(T* object) const { Free(object); }
};
using Connection = std::unique_ptr<PGconn, Freed<PGconn, &PQfinish>>;
using Rows = std::unique_ptr<PGresult, Freed<PGresult, &PQclear>>;
using ConnectionOptions =
    std::unique_ptr<PQconninfoOption, Freed<PQconninfoOption, &PQconninfoFree>>;
using Text = std::unique_ptr<char, Freed<void, &PQfreemem>>;

/// libpq's messages end with a new line.
std::runtime_error failure(std::string message) {
  while (message.ends_with('\n')) message.pop_back();
  return std::runtime_error(message);
}

std::runtime_error failure(const Connection& connection) {
  return failure(PQerrorMessage(connection.get()));
}

/// The value of a wait or a look-up, or an error that says what it was for.
template <class T>
T done(const char* step, mtcp::Result<T> result) {
  if (!result) throw std::runtime_error(std::string(step) + ": " + result.error().message());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

using Settings = std::vector<std::pair<std::string, std::string>>;

/// The settings in a connection string.
Settings parse_connection_info(const char* text) {
  char* error = nullptr;
  const ConnectionOptions options(PQconninfoParse(text, &error));
  const Text message(error);
  if (!options) throw failure(message ? message.get() : "out of memory");
  Settings settings;
  for (const auto* option = options.get(); option->keyword != nullptr; ++option)
    if (option->val != nullptr) settings.emplace_back(option->keyword, option->val);
  return settings;
}

/// The value of `keyword`, or else of the environment variable that libpq would take.
std::string value(const Settings& settings, std::string_view keyword, const char* variable) {
  for (const auto& [key, value] : settings)
    if (key == keyword) return value;
  const char* from_environment = std::getenv(variable);
  return from_environment == nullptr ? "" : from_environment;
}

/// An address as libpq wants it: without brackets, and without the port.
std::string host_part(const mtcp::SocketAddr& address) {
  const auto text = address.to_string();
  const auto host = text.substr(0, text.rfind(':'));
  return host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
}

/// Adds the addresses of the host, so that libpq looks up nothing. It tries them one by one, and
/// goes on knowing the name, by which it checks certificates and finds passwords.
Settings with_addresses(const mtcp::TcpManager& manager, Settings settings,
                        mtcp::Deadline deadline) {
  const auto host = value(settings, "host", "PGHOST");
  if (host.find(',') != host.npos) throw std::runtime_error("more than one host");
  const bool is_local = host.empty() || host.starts_with('/') || host.starts_with('@');
  if (is_local || !value(settings, "hostaddr", "PGHOSTADDR").empty()) return settings;
  std::string hosts;
  std::string addresses;
  for (const auto& address :
       done("looking up the host", mtcp::resolve(manager, host, 0, deadline))) {
    const std::string_view comma = hosts.empty() ? "" : ",";
    hosts.append(comma).append(host);
    addresses.append(comma).append(host_part(address));
  }
  std::erase_if(settings, [](const auto& setting) { return setting.first == "host"; });
  settings.emplace_back("host", hosts);
  settings.emplace_back("hostaddr", addresses);
  return settings;
}

Connection start_connecting(const Settings& settings) {
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [key, value] : settings) {
    keywords.push_back(key.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  Connection connection(PQconnectStartParams(keywords.data(), values.data(), 0));
  if (!connection) throw std::bad_alloc();
  if (PQstatus(connection.get()) == CONNECTION_BAD) throw failure(connection);
  return connection;
}

/// One session with a server; each step within a time of its own.
class Session {
 public:
  Session(const mtcp::TcpManager& manager, const char* connection_info, Seconds patience)
      : manager_(manager), patience_(patience) {
    const mtcp::Deadline deadline = patience_;
    connection_ = start_connecting(
        with_addresses(manager_, parse_connection_info(connection_info), deadline));
    // At first it is as if PQconnectPoll() had asked to write. It may go on to another address,
    // and so to another socket, at any call: socket() is asked anew each time.
    for (auto asked = PGRES_POLLING_WRITING; asked != PGRES_POLLING_OK;) {
      if (asked == PGRES_POLLING_FAILED) throw failure(connection_);
      done("connecting", asked == PGRES_POLLING_READING
                             ? manager_.wait_readable(socket(), deadline)
                             : manager_.wait_writable(socket(), deadline));
      asked = PQconnectPoll(connection_.get());
    }
    if (PQsetnonblocking(connection_.get(), 1) != 0) throw failure(connection_);
  }

  void send(const std::string& query) {
    const mtcp::Deadline deadline = patience_;
    if (PQsendQuery(connection_.get(), query.c_str()) == 0) throw failure(connection_);
    PQsetSingleRowMode(connection_.get());  // each row is a result, so that they need not be kept
    for (;;) {
      const int unsent = PQflush(connection_.get());
      if (unsent == 0) return;
      if (unsent < 0) throw failure(connection_);
      // The server may be unable to go on until it is rid of what it has to say.
      const auto ready = done("sending", manager_.wait_readable_or_writable(socket(), deadline));
      if (ready.readable) consume_input();
    }
  }

  /// Calls `print` with each result: a row, or the end of a statement, which has none.
  template <class Print>
  void receive(Print print) {
    const mtcp::Deadline deadline = patience_;
    while (auto rows = next_result(deadline)) {
      const auto status = PQresultStatus(rows.get());
      if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH)
        throw std::runtime_error("COPY is more than this program can do");
      if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE)
        throw failure(PQresultErrorMessage(rows.get()));
      print(*rows);
    }
  }

 private:
  mtcp::NativeHandle socket() const { return PQsocket(connection_.get()); }

  void consume_input() {
    if (PQconsumeInput(connection_.get()) == 0) throw failure(connection_);
  }

  /// Nothing if there are no more.
  Rows next_result(mtcp::Deadline deadline) {
    while (PQisBusy(connection_.get()) != 0) {
      done("waiting for a result", manager_.wait_readable(socket(), deadline));
      consume_input();
    }
    return Rows(PQgetResult(connection_.get()));  // does not wait now
  }

  mtcp::TcpManager manager_;
  Seconds patience_;
  Connection connection_;
};

void print(const PGresult& rows) {
  for (int row = 0; row < PQntuples(&rows); ++row) {
    for (int column = 0; column < PQnfields(&rows); ++column)
      std::cout << (column > 0 ? "\t" : "") << PQgetvalue(&rows, row, column);
    std::cout << '\n';
  }
  if (!std::cout) throw std::runtime_error("cannot write to standard output");
}

/// All of standard input.
std::string read_input(const mtcp::TcpManager& manager) {
  std::string text;
  std::array<char, 64 << 10> buffer;
  for (;;) {
    mtcp::or_raise(manager.wait_readable(STDIN_FILENO));
    const auto size = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (size == 0) return text;
    if (size > 0) text.append(buffer.data(), static_cast<std::size_t>(size));
    if (size < 0 && errno != EINTR && errno != EAGAIN)
      throw std::system_error(errno, std::system_category(), "cannot read standard input");
  }
}

/// Nothing if that is not a time.
std::optional<Seconds> parse_seconds(std::string_view text) {
  double seconds = 0;
  const char* const begin = text.data();
  const auto [end, error] = std::from_chars(begin, begin + text.size(), seconds);
  if (error != std::errc() || end != begin + text.size() || !(seconds > 0)) return std::nullopt;
  return Seconds(seconds);
}

void run(const char* connection_info, const char* query, Seconds patience) {
  const auto manager = mtcp::or_raise(mtcp::TcpManager::create());
  const auto ctrl_c = mtcp::or_raise(mtcp::CancelOnSignal::install(manager.canceller()));
  const bool is_input = std::string_view(query) == "-";
  const std::string text = is_input ? read_input(manager) : query;
  Session session(manager, connection_info, patience);
  session.send(text);
  session.receive(&print);
  if (!std::cout.flush()) throw std::runtime_error("cannot write to standard output");
}

}  // namespace

int main(int argc, char** argv) try {
  const auto patience = argc == 4 ? parse_seconds(argv[3]) : Seconds(5);
  if (argc < 3 || argc > 4 || !patience) {
    std::cerr << "usage: postgresql_query CONNINFO QUERY [SECONDS],"
                 " as postgresql_query \"host=localhost user=postgres\" \"select 6 * 7\"\n";
    return 2;
  }
  run(argv[1], argv[2], *patience);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "postgresql_query: " << error.what() << '\n';
  return 1;
}
