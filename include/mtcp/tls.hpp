#pragma once

// TLS over mtcp, a component of its own: link mtcp::tls to use it.

#include <mtcp/tls/context.hpp>
#include <mtcp/tls/errc.hpp>
#include <mtcp/tls/stream.hpp>
