#pragma once

#include <mtcp/relay.hpp>

#include "conduit.hpp"
#include "manager_state.hpp"

namespace mtcp::detail {

/// A relay between two sockets by the calling thread alone, which waits for both at once;
/// `manager` is cancelled by whatever cancels one of the streams. May throw std::bad_alloc before
/// it begins.
RelayReport relay_sockets(ManagerState& manager, Endpoint a, Endpoint b, const Timeout& timeout);

}  // namespace mtcp::detail
