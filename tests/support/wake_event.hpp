#pragma once

#include <cstddef>

namespace mtcp::test {

/// How many descriptors an event costs that wakes threads: one, two where it has to be a pipe, none
/// where it is something else.
std::size_t descriptors_of_a_wake_event();

}  // namespace mtcp::test
