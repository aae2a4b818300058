#pragma once

namespace bench {

/// Lets the process open as many descriptors as the hard limit permits: a connection takes up to
/// four in some systems.
void raise_descriptor_limit() noexcept;

}  // namespace bench
