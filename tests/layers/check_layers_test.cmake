# Tries the check itself: a small tree that keeps every rule passes, and each change that breaks
# one rule is found, by the sentence that belongs to it.
#
#   cmake -DWORK=<an empty folder to work in> -P check_layers_test.cmake

cmake_minimum_required(VERSION 3.25)

set(CHECK "${CMAKE_CURRENT_LIST_DIR}/check_layers.cmake")
set(TREE "${WORK}/tree")

function(make_good_tree)
  file(REMOVE_RECURSE "${TREE}")
  foreach(name deadline tcp_error)
    file(WRITE "${TREE}/include/mtcp/${name}.hpp" "#pragma once\n\n#include <chrono>\n")
  endforeach()
  file(WRITE "${TREE}/include/mtcp/tcp_manager.hpp"
       "#pragma once\n#include <csignal>\n#include <mtcp/deadline.hpp>  // time\n")
  file(WRITE "${TREE}/include/mtcp/tcp_stream.hpp"
       "#pragma once\n#include <mtcp/tcp_manager.hpp>\n")
  file(WRITE "${TREE}/include/mtcp/asio_stream.hpp"
       "#pragma once\n#include <boost/asio/buffer.hpp>\n#include <mtcp/tcp_stream.hpp>\n")
  file(WRITE "${TREE}/include/mtcp/mtcp.hpp" "#pragma once\n#include <mtcp/tcp_stream.hpp>\n")
  file(WRITE "${TREE}/src/operation.hpp" "#pragma once\n#include \"sys/waiter.hpp\"\n")
  file(WRITE "${TREE}/src/tcp_stream.cpp"
       "#include <mtcp/tcp_stream.hpp>\n#include <cerrno>\n#include \"operation.hpp\"\n")
  file(WRITE "${TREE}/src/cancellation.hpp" "#pragma once\n#include <mtcp/deadline.hpp>\n")
  file(WRITE "${TREE}/src/sys/waiter.hpp"
       "#pragma once\n#include <mtcp/deadline.hpp>\n#include \"cancellation.hpp\"\n")
  file(WRITE "${TREE}/src/sys/posix/poll.hpp" "#pragma once\n#include <poll.h>\n")
  file(WRITE "${TREE}/src/sys/posix/waiter.cpp"
       "#include <poll.h>\n#ifdef __linux__\n#define FAST 1\n#endif\n"
       "#include \"sys/waiter.hpp\"\n#include \"sys/posix/poll.hpp\"\n")
  file(APPEND "${TREE}/src/sys/posix/waiter.cpp" "int depth;  // not thread_local\n")
  file(WRITE "${TREE}/src/sys/posix/thread_object.cpp" "thread_local int own;\n")
  file(WRITE "${TREE}/src/sys/posix/optional/calls.hpp" "#pragma once\n#include <poll.h>\n")
  file(WRITE "${TREE}/src/sys/posix/optional/poll.cpp"
       "#include \"sys/posix/optional/calls.hpp\"\n#include \"sys/posix/poll.hpp\"\n")
  file(APPEND "${TREE}/src/sys/posix/waiter.cpp" "#include \"sys/posix/optional/calls.hpp\"\n")
  file(WRITE "${TREE}/include/mtcp/tls/errc.hpp" "#pragma once\n#include <mtcp/tcp_error.hpp>\n")
  file(WRITE "${TREE}/include/mtcp/tls.hpp" "#pragma once\n#include <mtcp/tls/errc.hpp>\n")
  file(WRITE "${TREE}/src/tls/wire.hpp"
       "#pragma once\n#include <openssl/ssl.h>\n#include <mtcp/tls/errc.hpp>\n"
       "#include \"operation.hpp\"\n")
  file(WRITE "${TREE}/src/tls/wire.cpp" "#include \"tls/wire.hpp\"\n")
  file(WRITE "${TREE}/programs/mtcp-proxy/proxy.cpp"
       "#include <mtcp/mtcp.hpp>\n#include <chrono>\n#include \"system.hpp\"\n")
  file(WRITE "${TREE}/programs/mtcp-proxy/system.cpp" "#include <unistd.h>\n")
endfunction()

function(run_check code_result output_result)
  execute_process(
    COMMAND "${CMAKE_COMMAND}" "-DROOT=${TREE}" -P "${CHECK}"
    RESULT_VARIABLE code
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output)
  set(${code_result} "${code}" PARENT_SCOPE)
  set(${output_result} "${output}" PARENT_SCOPE)
endfunction()

function(expect_good)
  make_good_tree()
  run_check(code output)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "The good tree was refused:\n${output}")
  endif()
endfunction()

# With `text` appended to `path`, the check fails and says `sentence` about that file.
function(expect_breach path text sentence)
  make_good_tree()
  file(APPEND "${TREE}/${path}" "${text}\n")
  run_check(code output)
  if(code EQUAL 0)
    message(FATAL_ERROR "Not found: '${text}' in ${path}")
  endif()
  string(FIND "${output}" "${path}: ${sentence}" at)
  if(at EQUAL -1)
    message(FATAL_ERROR "Found '${text}' in ${path}, but did not say '${sentence}':\n${output}")
  endif()
endfunction()

set(stream include/mtcp/tcp_stream.hpp)
set(core src/tcp_stream.cpp)
set(seam src/sys/waiter.hpp)
set(platform src/sys/posix/waiter.cpp)
string(REPEAT "\n" 400 long)

expect_good()

# Public headers
expect_breach(${stream} "#include <sys/socket.h>" "<sys/socket.h> is not a header of the C++")
expect_breach(${stream} "#include <errno.h>" "<errno.h> is not a header of the C++")
expect_breach(${stream} "  #  include <poll.h>" "<poll.h> is not a header of the C++")
expect_breach(${stream} "#define MTCP_X 1" "only #include and #pragma once")
expect_breach(${stream} "#if 1\n#endif" "only #include and #pragma once")
expect_breach(${stream} "#ifdef _WIN32\n#endif" "only #include and #pragma once")
expect_breach(${stream} "#ifndef X\n#endif" "only #include and #pragma once")
expect_breach(${stream} "%:define X 1" "only #include and #pragma once")
expect_breach(${stream} "#undef X" "only #include and #pragma once")
expect_breach(${stream} "#pragma pack(1)" "only #include and #pragma once")
expect_breach(${stream} "#include SOCKET_HEADER" "only #include and #pragma once")
expect_breach(${stream} "#include \"operation.hpp\"" "a public header includes public headers as")
expect_breach(${stream} "#include \"../../src/operation.hpp\"" "a public header includes public")
expect_breach(${stream} "#include <mtcp/mtcp.hpp>" "includes upwards or sideways")
expect_breach(include/mtcp/deadline.hpp "#include <mtcp/tcp_error.hpp>" "includes upwards or")
expect_breach(include/mtcp/tcp_manager.hpp "#include <mtcp/tcp_stream.hpp>" "includes upwards or")
expect_breach(${stream} "#include <mtcp/unheard_of.hpp>" "includes upwards or sideways")
expect_breach(include/mtcp/unheard_of.hpp "#pragma once" "has no place in PUBLIC_LAYERS")
expect_breach(include/mtcp/timeout.hpp "#include <chrono>" "lacks #pragma once")
expect_breach(${stream} "#include <boost/asio/buffer.hpp>" "<boost/asio/buffer.hpp> is not a header")
expect_breach(include/mtcp/asio_stream.hpp "#include <poll.h>" "<poll.h> is not a header of the C++")
expect_breach(include/mtcp/asio_stream.hpp "#if 1\n#endif" "only #include and #pragma once")

# The core
expect_breach(${core} "#include <sys/socket.h>" "<sys/socket.h> is not a header of the C++")
expect_breach(${core} "#include <unistd.h>" "<unistd.h> is not a header of the C++")
expect_breach(src/operation.hpp "#include <poll.h>" "<poll.h> is not a header of the C++")
expect_breach(${core} "#include \"sys/posix/poll.hpp\"" "the core knows the seams, not")
expect_breach(${core} "#include \"../tests/support.hpp\"" "the core knows the seams, not")
expect_breach(${core} "#include \"unheard_of.hpp\"" "not a header of src/")
expect_breach(${core} "#include <mtcp/unheard_of.hpp>" "<mtcp/unheard_of.hpp> does not exist")
expect_breach(${core} "#ifdef __linux__\n#endif" "only #include and #pragma once")
expect_breach(${core} "#if defined(__APPLE__)\n#endif" "only #include and #pragma once")
expect_breach(src/deeper/file.cpp "#include <poll.h>" "<poll.h> is not a header of the C++")

# TLS
expect_breach(${core} "#include <openssl/ssl.h>" "<openssl/ssl.h> is not a header of the C++")
expect_breach(${core} "#include \"tls/wire.hpp\"" "the core does not know TLS")
expect_breach(${core} "#include <mtcp/tls.hpp>" "the core does not know TLS")
expect_breach(src/tls/wire.cpp "#include <unistd.h>" "<unistd.h> is not a header of the C++")
expect_breach(src/tls/wire.cpp "#ifdef OPENSSL_NO_KTLS\n#endif" "only #include and #pragma once")
expect_breach(include/mtcp/tls.hpp "#include <openssl/ssl.h>" "<openssl/ssl.h> is not a header of")
expect_breach(${stream} "#include <mtcp/tls/errc.hpp>" "includes upwards or sideways")
expect_breach(include/mtcp/tls/unheard_of.hpp "#pragma once" "has no place in PUBLIC_LAYERS")
expect_breach(${seam} "#include \"tls/wire.hpp\"" "src/sys includes upwards or another")

# The seams
expect_breach(${seam} "#include <poll.h>" "<poll.h> is not a header of the C++")
expect_breach(${seam} "#ifdef __linux__\n#endif" "only #include and #pragma once")
expect_breach(${seam} "#include \"operation.hpp\"" "src/sys includes upwards")
expect_breach(${seam} "#include \"sys/posix/poll.hpp\"" "src/sys includes upwards or another")
expect_breach(${seam} "#include <mtcp/tcp_stream.hpp>" "src/sys includes upwards")

# Below the seams
set(below src/cancellation.hpp)
expect_breach(${below} "#include \"sys/waiter.hpp\"" "stands below the seams and includes upwards")
expect_breach(${below} "#include <mtcp/tcp_stream.hpp>" "src/sys includes upwards")
expect_breach(${below} "#include <poll.h>" "<poll.h> is not a header of the C++")

# The platforms
expect_breach(${platform} "#include <mtcp/tcp_manager.hpp>" "src/sys includes upwards")
expect_breach(${platform} "#include \"operation.hpp\"" "src/sys includes upwards")
expect_breach(${platform} "#include \"sys/windows/poll.hpp\"" "src/sys includes upwards or another")
set(deeper src/sys/posix/optional/poll.cpp)
expect_breach(${deeper} "#include \"operation.hpp\"" "src/sys includes upwards or another")
expect_breach(${deeper} "#include \"sys/windows/poll.hpp\"" "src/sys includes upwards or another")

# What is a thread's own
foreach(path IN ITEMS ${platform} ${core} ${stream})
  expect_breach(${path} "static thread_local int depth;" "what is a thread's own stands in")
endforeach()
expect_breach(${platform} "::pthread_setspecific(key, 0);" "what is a thread's own stands in")
expect_breach(${platform} "return ::pthread_getspecific(key);" "what is a thread's own stands in")

# The programs
set(program programs/mtcp-proxy/proxy.cpp)
expect_breach(${program} "#include <unistd.h>" "<unistd.h> is not a header of the C++")
expect_breach(${program} "#include \"../../src/operation.hpp\"" "a program includes what is in its own")
expect_breach(${program} "#include <mtcp/unheard_of.hpp>" "<mtcp/unheard_of.hpp> does not exist")
expect_breach(programs/mtcp-proxy/system.cpp "#ifdef __linux__\n#endif" "only #include and #pragma")

# Length, of every kind of source
expect_breach(${stream} "${long}" "has ")
expect_breach(${core} "${long}" "has ")
expect_breach(${platform} "${long}" "has ")
expect_breach(tests/long_test.cpp "${long}" "has ")
expect_breach(programs/mtcp-proxy/long.cpp "${long}" "has ")
expect_breach(examples/long.cpp "${long}" "has ")

file(REMOVE_RECURSE "${TREE}")
