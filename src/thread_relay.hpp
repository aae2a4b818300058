#pragma once

#include <mtcp/relay.hpp>

namespace mtcp::detail {

/// A relay between any two streams: a thread for each direction, of which the calling one is one.
/// May throw std::bad_alloc before it begins.
RelayReport relay_by_threads(StreamRef a, StreamRef b, const Timeout& timeout);

}  // namespace mtcp::detail
