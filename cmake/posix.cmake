# POSIX systems differ in what they have beyond POSIX. Each difference is a file of
# src/sys/posix/optional that is there or has one to take its place; here is asked which, so that no
# source has a condition inside.

include(CheckCXXSourceCompiles)
include(CheckCXXSymbolExists)

option(MTCP_PORTABLE_POSIX "Do without all system calls that a POSIX system may lack" OFF)

check_cxx_symbol_exists(eventfd "sys/eventfd.h" MTCP_HAS_EVENTFD)
check_cxx_symbol_exists(SOCK_CLOEXEC "sys/socket.h" MTCP_HAS_SOCK_CLOEXEC)
check_cxx_symbol_exists(accept4 "sys/socket.h" MTCP_HAS_ACCEPT4)
check_cxx_symbol_exists(pipe2 "fcntl.h;unistd.h" MTCP_HAS_PIPE2)
check_cxx_symbol_exists(ppoll "poll.h" MTCP_HAS_PPOLL)
check_cxx_symbol_exists(sched_getcpu "sched.h" MTCP_HAS_SCHED_GETCPU)
check_cxx_source_compiles(
  "#include <sched.h>
  int main() { cpu_set_t set; return sched_getaffinity(0, sizeof set, &set) + CPU_COUNT(&set); }"
  MTCP_HAS_SCHED_GETAFFINITY)
check_cxx_symbol_exists(splice "fcntl.h" MTCP_HAS_SPLICE)
check_cxx_symbol_exists(PR_SET_TIMERSLACK "sys/prctl.h" MTCP_HAS_TIMER_SLACK)
check_cxx_symbol_exists(ENONET "cerrno" MTCP_HAS_NETWORK_ERRORS_OF_ACCEPT)
check_cxx_symbol_exists(TCP_KEEPIDLE "netinet/tcp.h" MTCP_HAS_TCP_KEEPIDLE)
check_cxx_source_compiles(
  "#include <netinet/tcp.h>
  int main() { tcp_info info{}; return info.tcpi_state == TCP_LISTEN ? TCP_INFO : TCP_CLOSE; }"
  MTCP_HAS_TCP_INFO)
check_cxx_source_compiles(
  "#include <sys/types.h>
  #include <netinet/tcp.h>
  int main() { tcp_info info{}; return info.tcpi_state + TCP_INFO; }"
  MTCP_HAS_TCP_INFO_BSD)

# Sockets that are made in one step do not get the option that prevents SIGPIPE there.
if(APPLE)
  set(MTCP_HAS_SOCK_CLOEXEC FALSE)
  set(MTCP_HAS_ACCEPT4 FALSE)
endif()

# mtcp_first_of(result NAME VARIABLE... OTHERWISE): the first name whose variable is true.
function(mtcp_first_of result)
  set(rest ${ARGN})
  while(TRUE)
    list(POP_FRONT rest name condition)
    if("${condition}" STREQUAL "" OR "${${condition}}")
      set(${result} "${name}" PARENT_SCOPE)
      return()
    endif()
  endwhile()
endfunction()

# What to compile of src/sys/posix/optional. If `portable`, nothing that can be done without.
function(mtcp_optional_calls result portable)
  foreach(name eventfd sock_cloexec accept4 pipe2 ppoll sched_getcpu sched_getaffinity splice
               timer_slack)
    string(TOUPPER "MTCP_HAS_${name}" has)
    if(${has} AND NOT portable)
      list(APPEND names ${name})
    else()
      list(APPEND names no_${name})
    endif()
  endforeach()
  # What a system says or is asked in words of its own cannot be done without.
  # Newer headers of macOS have the flag; older kernels, on which the program may run, do not.
  mtcp_first_of(sigpipe so_nosigpipe APPLE msg_nosignal)
  mtcp_first_of(accept_errors network_errors_of_accept MTCP_HAS_NETWORK_ERRORS_OF_ACCEPT
                no_network_errors_of_accept)
  mtcp_first_of(options option_names_apple APPLE option_names MTCP_HAS_TCP_KEEPIDLE
                option_names_openbsd)
  mtcp_first_of(tcp_state tcp_connection_info APPLE tcp_info MTCP_HAS_TCP_INFO tcp_info_bsd
                MTCP_HAS_TCP_INFO_BSD no_tcp_info)
  list(APPEND names ${sigpipe} ${accept_errors} ${options} ${tcp_state})
  list(TRANSFORM names PREPEND "${PROJECT_SOURCE_DIR}/src/sys/posix/optional/")
  list(TRANSFORM names APPEND ".cpp")
  set(${result} "${names}" PARENT_SCOPE)
endfunction()

# The way to a system call leads through several of these files; an optimized library goes it
# without a call in between, since the compiler sees them as one.
function(mtcp_join_posix_sources target)
  if(NOT CMAKE_BUILD_TYPE MATCHES "^Rel")
    return()
  endif()
  set(joined ${ARGN})
  foreach(name descriptors poll_waiter socket timed_poll)
    list(APPEND joined "${PROJECT_SOURCE_DIR}/src/sys/posix/${name}.cpp")
  endforeach()
  set_source_files_properties(${joined} PROPERTIES UNITY_GROUP system_calls)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
endfunction()
