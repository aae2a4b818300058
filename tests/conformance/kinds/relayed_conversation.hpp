#pragma once

#include <memory>

#include "conformance/stream_kind.hpp"

namespace mtcp::test {

/// A TcpStream that reaches its peer through a relay(), which runs in a thread of its own, and for
/// which the stream is the first of the two.
std::unique_ptr<Conversation> make_conversation_through_a_relay();
/// The same with the stream as the second.
std::unique_ptr<Conversation> make_conversation_back_through_a_relay();

}  // namespace mtcp::test
