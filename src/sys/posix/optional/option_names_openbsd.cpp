#include <sys/socket.h>

#include "sys/posix/option_names.hpp"

namespace mtcp::sys {

const int keepalive_idle_name = -1;
const int keepalive_interval_name = -1;
const int keepalive_count_name = -1;
const int linger_name = SO_LINGER;

}  // namespace mtcp::sys
