#include "sys/posix/option_names.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace mtcp::sys {

const int keepalive_idle_name = TCP_KEEPIDLE;
const int keepalive_interval_name = TCP_KEEPINTVL;
const int keepalive_count_name = TCP_KEEPCNT;
const int linger_name = SO_LINGER;

}  // namespace mtcp::sys
