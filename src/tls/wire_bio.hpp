#pragma once

#include "tls/openssl.hpp"

namespace mtcp::detail {

class TlsConnection;

/// OpenSSL's way to the wire of `connection`, which must outlive it; null if there is no memory.
/// It never blocks and raises no signal, since it is made of mtcp's own calls.
BIO* make_wire_bio(TlsConnection& connection) noexcept;

}  // namespace mtcp::detail
