#include "options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

#include "system.hpp"

namespace proxy {

namespace {

using namespace std::string_literals;
using system::CommandLine;
using system::OptionName;

constexpr std::size_t max_listen = 16;  // as TcpServer has it
constexpr std::size_t max_certificates = 16;
constexpr std::size_t max_max_connections = 1000000;  // far beyond what threads are good for
constexpr auto durations = ": a number and a unit (ms, s, min, h), as 500ms or 5min, or none";

/// Nothing if the value will do; else what would.
using Complaint = std::optional<std::string>;
using Apply = Complaint (*)(Options& options, const std::string& value);

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [rest, error] = std::from_chars(begin, end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

template <std::chrono::nanoseconds Options::* Limit>
Complaint set_limit(Options& options, const std::string& value) {
  const auto duration = parse_duration(value);
  if (!duration) return "not a duration"s + durations;
  constexpr bool may_be_zero = Limit == &Options::grace;
  if (!may_be_zero && *duration == duration->zero()) return "zero leaves no time for anything";
  options.*Limit = *duration;
  return std::nullopt;
}

Complaint add_listen(Options& options, const std::string& value) {
  const auto address = mtcp::SocketAddr::parse(value);
  if (!address) return "not an address: as 127.0.0.1:8080 or [::1]:8080"s;
  if (options.listen.size() == max_listen) return "more than 16 addresses to listen on"s;
  options.listen.push_back(*address);
  return std::nullopt;
}

Complaint set_max_connections(Options& options, const std::string& value) {
  const auto number = parse_number<std::size_t>(value);
  if (!number || *number < 1 || *number > max_max_connections)
    return "not a number from 1 to " + std::to_string(max_max_connections);
  options.max_connections = *number;
  return std::nullopt;
}

template <std::vector<std::string> TlsOptions::* Files>
Complaint add_file(Options& options, const std::string& value) {
  if (value.empty()) return "not the name of a file"s;
  (options.tls.*Files).push_back(value);
  return std::nullopt;
}

template <std::string TlsOptions::* Text>
Complaint set_text(Options& options, const std::string& value) {
  if (value.empty()) return "it is empty"s;
  options.tls.*Text = value;
  return std::nullopt;
}

Complaint set_target_tls(Options& options, const std::string&) {
  options.tls.target = true;
  return std::nullopt;
}

template <Verbosity V>
Complaint set_verbosity(Options& options, const std::string&) {
  options.verbosity = V;
  return std::nullopt;
}

template <Options::Action A>
Complaint set_action(Options& options, const std::string&) {
  options.action = A;
  return std::nullopt;
}

struct Row {
  OptionName name;
  const char* help;
  Apply apply;
};

constexpr std::array<Row, 17> rows = {{
    {{"listen", 'l', "ADDRESS:PORT"}, "where to listen, as [::]:8080; up to 16 times", add_listen},
    {{"connect-timeout", 0, "DURATION"},
     "to resolve and reach the target; 10s",
     set_limit<&Options::connect_timeout>},
    {{"idle-timeout", 0, "DURATION"},
     "without a byte either way; 5min",
     set_limit<&Options::idle_timeout>},
    {{"total-timeout", 0, "DURATION"},
     "for a connection as a whole; none",
     set_limit<&Options::total_timeout>},
    {{"max-connections", 0, "NUMBER"}, "of connections at once; 1024", set_max_connections},
    {{"grace", 0, "DURATION"},
     "for open connections after a stop; 30s",
     set_limit<&Options::grace>},
    {{"certificate", 0, "FILE"},
     "clients speak TLS, and see this; up to 16",
     add_file<&TlsOptions::certificates>},
    {{"key", 0, "FILE"}, "of each certificate, in the same order", add_file<&TlsOptions::keys>},
    {{"client-authorities", 0, "FILE"},
     "clients must show one that these signed",
     set_text<&TlsOptions::client_authorities>},
    {{"handshake-timeout", 0, "DURATION"},
     "for a client to begin TLS; 10s",
     set_limit<&Options::handshake_timeout>},
    {{"target-tls", 0, nullptr}, "the target speaks TLS", set_target_tls},
    {{"target-authorities", 0, "FILE"},
     "who may sign for the target; the system's",
     set_text<&TlsOptions::target_authorities>},
    {{"target-name", 0, "NAME"},
     "whom the target's certificate is for; HOST",
     set_text<&TlsOptions::target_name>},
    {{"quiet", 'q', nullptr},
     "no line for a connection that went well",
     set_verbosity<Verbosity::Quiet>},
    {{"verbose", 'v', nullptr},
     "also a line when a connection is made",
     set_verbosity<Verbosity::Verbose>},
    {{"help", 'h', nullptr}, "show this and exit", set_action<Options::Action::ShowHelp>},
    {{"version", 'V', nullptr},
     "show the version and exit",
     set_action<Options::Action::ShowVersion>},
}};

Options refuse(std::string complaint) {
  return {.action = Options::Action::Refuse, .complaint = std::move(complaint)};
}

/// HOST:PORT, with an IPv6 address in brackets. Whether it was one.
bool set_target(Options& options, const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return false;
  std::string_view host(text.data(), colon);
  const auto port = parse_number<std::uint16_t>(std::string_view(text).substr(colon + 1));
  if (!port || *port == 0) return false;
  if (host.starts_with('[')) {
    if (!mtcp::SocketAddr::parse(text)) return false;
    host = host.substr(1, host.size() - 2);
  }
  if (host.empty() || (text[0] != '[' && host.contains(':'))) return false;
  options.target = text;
  options.host = host;
  options.port = *port;
  return true;
}

/// What does not fit together.
Complaint check(const TlsOptions& tls) {
  if (tls.certificates.size() != tls.keys.size())
    return "each --certificate needs a --key: there are " +
           std::to_string(tls.certificates.size()) + " and " + std::to_string(tls.keys.size());
  if (tls.certificates.size() > max_certificates) return "more than 16 certificates"s;
  if (!tls.client_authorities.empty() && !tls.clients())
    return "--client-authorities needs a --certificate"s;
  if (!tls.target && !tls.target_authorities.empty())
    return "--target-authorities needs --target-tls"s;
  if (!tls.target && !tls.target_name.empty()) return "--target-name needs --target-tls"s;
  if ((tls.target || tls.clients()) && !Tls::is_there)
    return "this mtcp-proxy was built without TLS"s;
  return std::nullopt;
}

Options apply(const CommandLine& line) {
  Options options;
  for (const auto& given : line.options) {
    const Row& row = rows[given.which];
    if (const auto complaint = row.apply(options, given.value))
      return refuse("--"s + row.name.name + " '" + given.value + "': " + *complaint);
    if (options.action != Options::Action::Run) return options;
  }
  if (options.listen.empty()) return refuse("no --listen ADDRESS:PORT");
  if (const auto complaint = check(options.tls)) return refuse(*complaint);
  if (line.operands.size() != 1)
    return refuse("one HOST:PORT is needed, there are " + std::to_string(line.operands.size()));
  const auto& target = line.operands.front();
  if (!set_target(options, target))
    return refuse("'" + target + "' is no HOST:PORT: as localhost:80, 127.0.0.1:80 or [::1]:80");
  return options;
}

}  // namespace

Options parse_options(int argc, char** argv) {
  std::array<OptionName, rows.size()> names;
  std::ranges::transform(rows, names.begin(), &Row::name);
  const auto line = system::split(argc, argv, names);
  if (!line) return refuse({});
  return apply(*line);
}

std::string help() {
  std::string text =
      "Usage: mtcp-proxy [OPTION]... --listen ADDRESS:PORT HOST:PORT\n"
      "Forwards TCP connections to HOST:PORT. The name is resolved anew for each.\n"
      "Either side may speak TLS.\n"
      "\n";
  constexpr std::size_t width = 35;
  for (const Row& row : rows) {
    const bool has_letter = row.name.letter != 0;
    std::string line = has_letter ? "  -"s + row.name.letter + ", --" : "      --"s;
    line += row.name.name;
    if (row.name.value) line.append(" ").append(row.name.value);
    line.append(line.size() < width ? width - line.size() : 1, ' ');
    text.append(line).append(row.help).append("\n");
  }
  text +=
      "\n"
      "A DURATION is a number and a unit (ms, s, min, h), as 500ms or 5min, or none.\n"
      "A FILE is in PEM.\n"
      "SIGTERM or SIGINT: no new connections, and the open ones have the grace to end;\n"
      "once more: they are cut off. ";
  if (system::statistics_signal) text += "SIGUSR1: statistics. ";
  text +=
      "See mtcp-proxy(1).\n"
      "\n"
      "Example: mtcp-proxy -l 127.0.0.1:8080 -l [::1]:8080 www.example.com:80\n";
  return text;
}

}  // namespace proxy
