#include "sys/fork.hpp"

namespace mtcp::sys {

// Windows has no fork: nothing is kept, and nobody is told.
ForkRegistration::ForkRegistration(ForkAware& object) : object_(object) {}
ForkRegistration::~ForkRegistration() = default;

}  // namespace mtcp::sys
