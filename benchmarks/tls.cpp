// What TLS by mtcp costs, as a ratio to OpenSSL on blocking sockets.
//
//   benchmark_tls [ROUNDS]
//
// Each round runs both ways once, in turn: one thread writes 64 KiB at a time, another reads as
// much, over loopback, with TLS 1.3 and the same cipher. Then messages of 64 bytes go to and fro.
// Printed are the medians of the throughput and of the round trips a second, and their ratios.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <fcntl.h>
#include <functional>
#include <iostream>
#include <memory>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <mtcp/mtcp.hpp>
#include <mtcp/tls.hpp>

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t block_size = 64 * 1024;
constexpr std::size_t bulk_size = std::size_t{1} << 29;
constexpr int round_trips = 20'000;
constexpr std::size_t message_size = 64;

struct Pair {
  mtcp::TcpStream client;
  mtcp::TcpStream server;
};

Pair make_pair() {
  const auto manager = mtcp::or_raise(mtcp::TcpManager::create());
  auto listener = mtcp::or_raise(mtcp::TcpListener::bind(manager, "127.0.0.1:0"));
  auto client =
      mtcp::or_raise(mtcp::TcpStream::connect(manager, mtcp::or_raise(listener.local_addr()), 5s));
  auto connection = mtcp::or_raise(listener.accept(5s));
  return {std::move(client), mtcp::or_raise(mtcp::TcpStream::from(manager, std::move(connection)))};
}

struct Identity {
  std::string certificate;
  std::string key;
};

template <class Write>
std::string text_of(Write write) {
  BIO* memory = BIO_new(BIO_s_mem());
  write(memory);
  char* begin = nullptr;
  const long size = BIO_get_mem_data(memory, &begin);
  std::string text(begin, static_cast<std::size_t>(size));
  BIO_free(memory);
  return text;
}

Identity make_identity() {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  X509* certificate = X509_new();
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_sign(certificate, key, EVP_sha256());
  Identity identity{text_of([&](BIO* out) { PEM_write_bio_X509(out, certificate); }),
                    text_of([&](BIO* out) {
                      PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
                    })};
  X509_free(certificate);
  EVP_PKEY_free(key);
  return identity;
}

/// One end, whoever speaks TLS there. Each call moves all bytes.
struct End {
  std::function<void(std::span<const std::byte>)> write;
  std::function<void(std::span<std::byte>)> read;
};

struct Ends {
  End client;
  End server;
  std::shared_ptr<void> world;
};

Ends make_mtcp_ends(const Identity& identity) {
  mtcp::TlsClientOptions options;
  options.server_check = mtcp::TlsServerCheck::DangerouslyNone;
  const auto client = mtcp::or_raise(mtcp::TlsContext::client(options));
  const auto server = mtcp::or_raise(
      mtcp::TlsContext::server({.identities = {{mtcp::TlsPem::text(identity.certificate),
                                                mtcp::TlsPem::text(identity.key)}}}));
  auto tcp = make_pair();
  struct World {
    mtcp::TlsStream client;
    mtcp::TlsStream server;
  };
  auto world = std::make_shared<World>(
      World{mtcp::or_raise(mtcp::TlsStream::client(client, std::move(tcp.client), "localhost")),
            mtcp::or_raise(mtcp::TlsStream::server(server, std::move(tcp.server)))});
  std::jthread accepting([&] { mtcp::or_raise(world->server.handshake(5s)); });
  mtcp::or_raise(world->client.handshake(5s));
  accepting.join();
  const auto end = [](mtcp::TlsStream& stream) {
    return End{[&stream](auto bytes) { mtcp::or_raise(stream.write_all(bytes, 60s)); },
               [&stream](auto bytes) { mtcp::or_raise(stream.read_exact(bytes, 60s)); }};
  };
  return {end(world->client), end(world->server), world};
}

struct Blocking {
  Blocking(mtcp::TcpStream stream, const SSL_METHOD* method, const Identity& identity)
      : socket(std::move(stream)), context(SSL_CTX_new(method), SSL_CTX_free) {
    const int handle = static_cast<int>(socket.native_handle());
    ::fcntl(handle, F_SETFL, ::fcntl(handle, F_GETFL) & ~O_NONBLOCK);
    BIO* text = BIO_new_mem_buf(identity.certificate.data(), int(identity.certificate.size()));
    X509* certificate = PEM_read_bio_X509(text, nullptr, nullptr, nullptr);
    BIO_free(text);
    text = BIO_new_mem_buf(identity.key.data(), int(identity.key.size()));
    EVP_PKEY* key = PEM_read_bio_PrivateKey(text, nullptr, nullptr, nullptr);
    BIO_free(text);
    SSL_CTX_use_certificate(context.get(), certificate);
    SSL_CTX_use_PrivateKey(context.get(), key);
    X509_free(certificate);
    EVP_PKEY_free(key);
    ssl.reset(SSL_new(context.get()));
    SSL_set_fd(ssl.get(), handle);
  }

  mtcp::TcpStream socket;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl{nullptr, SSL_free};
};

Ends make_blocking_ends(const Identity& identity) {
  auto tcp = make_pair();
  auto client = std::make_shared<Blocking>(std::move(tcp.client), TLS_client_method(), identity);
  auto server = std::make_shared<Blocking>(std::move(tcp.server), TLS_server_method(), identity);
  std::jthread accepting([&] { SSL_accept(server->ssl.get()); });
  SSL_connect(client->ssl.get());
  accepting.join();
  const auto end = [](SSL* ssl) {
    return End{[ssl](auto bytes) {
                 if (SSL_write(ssl, bytes.data(), int(bytes.size())) <= 0) std::abort();
               },
               [ssl](auto bytes) {
                 while (!bytes.empty()) {
                   const int count = SSL_read(ssl, bytes.data(), int(bytes.size()));
                   if (count <= 0) std::abort();
                   bytes = bytes.subspan(static_cast<std::size_t>(count));
                 }
               }};
  };
  const auto world =
      std::make_shared<std::pair<std::shared_ptr<void>, std::shared_ptr<void>>>(client, server);
  return {end(client->ssl.get()), end(server->ssl.get()), world};
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Bytes a second.
double bulk(Ends& ends) {
  std::vector<std::byte> out(block_size);
  std::vector<std::byte> in(block_size);
  const auto start = Clock::now();
  std::jthread sending([&] {
    for (std::size_t sent = 0; sent < bulk_size; sent += out.size()) ends.client.write(out);
  });
  for (std::size_t received = 0; received < bulk_size; received += in.size()) ends.server.read(in);
  return double(bulk_size) / seconds_since(start);
}

/// Round trips a second.
double ping_pong(Ends& ends) {
  const auto start = Clock::now();
  std::jthread answering([&] {
    std::array<std::byte, message_size> message{};
    for (int i = 0; i < round_trips; ++i) {
      ends.server.read(message);
      ends.server.write(message);
    }
  });
  std::array<std::byte, message_size> message{};
  for (int i = 0; i < round_trips; ++i) {
    ends.client.write(message);
    ends.client.read(message);
  }
  return round_trips / seconds_since(start);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void compare(std::string_view what, std::string_view unit, double scale, int rounds,
             const Identity& identity, double (*measure)(Ends&)) {
  std::vector<double> by_mtcp;
  std::vector<double> blocking;
  for (int round = 0; round < rounds; ++round) {
    auto ends = make_mtcp_ends(identity);
    by_mtcp.push_back(measure(ends));
    ends = make_blocking_ends(identity);
    blocking.push_back(measure(ends));
  }
  std::cout << what << ": mtcp " << median(by_mtcp) / scale << ", blocking "
            << median(blocking) / scale << ' ' << unit << ", ratio "
            << median(by_mtcp) / median(blocking) << std::endl;
}

}  // namespace

int main(int argc, char** argv) try {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 5;
  const Identity identity = make_identity();
  compare("bulk", "MB/s", 1e6, rounds, identity, bulk);
  compare("ping-pong", "round trips/s", 1, rounds, identity, ping_pong);
} catch (const std::exception& failure) {
  std::cerr << failure.what() << '\n';
  return 1;
}
