#include "tls/wire_bio.hpp"

#include <memory>

#include "tls/connection.hpp"

namespace mtcp::detail {

/// What OpenSSL calls. What it does not ask for has no answer: 0.
struct WireBio {
  static int write(BIO* bio, const char* data, std::size_t size, std::size_t* written) noexcept {
    BIO_clear_retry_flags(bio);
    if (!connection(bio).wire_->put(std::as_bytes(std::span(data, size)))) return 0;
    *written = size;
    return 1;
  }

  static int read(BIO* bio, char* data, std::size_t size, std::size_t* read) noexcept {
    BIO_clear_retry_flags(bio);
    TlsConnection& self = connection(bio);
    if (self.reads_left_ == 0) {  // the socket stays readable
      BIO_set_retry_read(bio);
      return 0;
    }
    --self.reads_left_;
    const auto received = self.wire_->receive(std::as_writable_bytes(std::span(data, size)));
    *read = received ? received->value_or(0) : 0;
    self.progress_ += *read;
    self.read_error_ = received ? std::error_code() : received.error();
    self.wire_ended_ = received && *received && **received == 0;
    if (received && !*received) BIO_set_retry_read(bio);
    return *read != 0 ? 1 : 0;
  }

  static long control(BIO* bio, int command, long, void*) noexcept {
    switch (command) {
      case BIO_CTRL_FLUSH:
        return 1;  // what is left is sent in time
      case BIO_CTRL_EOF:
        return connection(bio).wire_ended_ ? 1 : 0;
      default:
        return 0;
    }
  }

  static TlsConnection& connection(BIO* bio) noexcept {
    return *static_cast<TlsConnection*>(BIO_get_data(bio));
  }
};

namespace {

using MethodPtr = std::unique_ptr<BIO_METHOD, OpensslFree<BIO_meth_free>>;

MethodPtr make_method() noexcept {
  const int index = BIO_get_new_index();
  MethodPtr method(index == -1 ? nullptr : BIO_meth_new(index | BIO_TYPE_SOURCE_SINK, "mtcp"));
  if (!method || BIO_meth_set_write_ex(method.get(), WireBio::write) != 1 ||
      BIO_meth_set_read_ex(method.get(), WireBio::read) != 1 ||
      BIO_meth_set_ctrl(method.get(), WireBio::control) != 1)
    return nullptr;
  return method;
}

}  // namespace

BIO* make_wire_bio(TlsConnection& connection) noexcept {
  static const BIO_METHOD* const method = make_method().release();
  BIO* bio = method ? BIO_new(method) : nullptr;
  if (!bio) return nullptr;
  BIO_set_data(bio, &connection);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace mtcp::detail
