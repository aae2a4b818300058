#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "sys/posix/option_names.hpp"

namespace mtcp::sys {

const int keepalive_idle_name = TCP_KEEPALIVE;
const int keepalive_interval_name = TCP_KEEPINTVL;
const int keepalive_count_name = TCP_KEEPCNT;
const int linger_name = SO_LINGER_SEC;  // its SO_LINGER counts clock ticks

}  // namespace mtcp::sys
