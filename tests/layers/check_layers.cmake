# Checks who includes whom, and that conditions and macros stay where they belong:
#
#   cmake -DROOT=<the checkout> -P check_layers.cmake
#
# Prints every breach and fails if there is one. The rules are those of docs/design.md; what they
# forbid is tried one by one in check_layers_test.cmake.

cmake_minimum_required(VERSION 3.25)

# The public headers from the bottom to the top. A header may include those of lower layers only;
# a new header needs a place here.
set(PUBLIC_LAYERS
    "bytes deadline keepalive native_handle shutdown tcp_error"
    "socket_addr tcp_canceller timeout"
    "cancel_on_signal cancel_on_stop tcp_connection tcp_manager"
    "resolve stream tcp_listener tcp_stream"
    "basic_asio_stream stream_ref tcp_server"
    "asio_stream relay standalone_asio_stream tcp_reader"
    "beast_stream mtcp tls/errc"
    "tls/context"
    "tls/stream"
    "tls")

# The headers for users of another library, and what they may include of it.
set(ADAPTS_asio_stream "^boost/(asio|beast|system)/")
set(ADAPTS_beast_stream "^boost/beast/")
set(ADAPTS_standalone_asio_stream "^asio/")

# The component that may include the headers of OpenSSL: src/tls stands above the core, which does
# not know it.
set(TLS_LIBRARY openssl)

# What the seams and the platforms may know of the public face: values, and nothing that waits.
set(SYS_MAY_INCLUDE bytes deadline keepalive native_handle shutdown socket_addr tcp_error)

# The headers of src/ that stand below the seams and are spoken of in them.
set(BELOW_THE_SEAMS cancellation.hpp)

set(MAX_LINES 400)

# C++23 (and what is deprecated in it) without the C headers of the form <name.h>.
set(STANDARD_HEADERS
    algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv chrono
    cinttypes climits clocale cmath codecvt compare complex concepts condition_variable coroutine
    csetjmp csignal cstdarg cstddef cstdint cstdio cstdlib cstring ctime cuchar cwchar cwctype deque
    exception execution expected filesystem flat_map flat_set format forward_list fstream functional
    future generator initializer_list iomanip ios iosfwd iostream istream iterator latch limits list
    locale map mdspan memory memory_resource mutex new numbers numeric optional ostream print queue
    random ranges ratio regex scoped_allocator semaphore set shared_mutex source_location span
    spanstream sstream stack stacktrace stdexcept stdfloat stop_token streambuf string string_view
    strstream syncstream system_error thread tuple type_traits typeindex typeinfo unordered_map
    unordered_set utility valarray variant vector version)

function(breach path what)
  set_property(GLOBAL APPEND PROPERTY BREACHES "${path}")
  message("${path}: ${what}")
endfunction()

# The preprocessor lines of a file, trimmed and with single spaces, as a list in `result`.
function(directives path result)
  file(STRINGS "${ROOT}/${path}" lines REGEX "^[ \t]*(#|%:)")
  set(found)
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "//.*|/\\*.*" "" line "${line}")
    string(REGEX REPLACE "[ \t]+" " " line "${line}")
    string(STRIP "${line}" line)
    string(REGEX REPLACE "^(#|%:) ?" "#" line "${line}")
    list(APPEND found "${line}")
  endforeach()
  set(${result} "${found}" PARENT_SCOPE)
endfunction()

# The layer of a public header, counted from the bottom; -1 if it has none.
function(public_layer name result)
  set(${result} -1 PARENT_SCOPE)
  set(layer 0)
  foreach(names IN LISTS PUBLIC_LAYERS)
    string(REPLACE " " ";" names "${names}")
    if(name IN_LIST names)
      set(${result} ${layer} PARENT_SCOPE)
      return()
    endif()
    math(EXPR layer "${layer} + 1")
  endforeach()
endfunction()

# Only #include and #pragma once: no macro, no condition.
function(check_plain path directive)
  if(NOT directive MATCHES "^#include ?[<\"]" AND NOT directive STREQUAL "#pragma once")
    breach("${path}" "only #include and #pragma once may stand here, not '${directive}'")
  endif()
endfunction()

function(check_standard path header)
  if(NOT header IN_LIST STANDARD_HEADERS)
    breach("${path}" "<${header}> is not a header of the C++ standard library")
  endif()
endfunction()

function(check_public path)
  string(REGEX REPLACE "^include/mtcp/(.*)\\.hpp$" "\\1" self "${path}")
  public_layer(${self} own_layer)
  if(own_layer EQUAL -1)
    breach("${path}" "has no place in PUBLIC_LAYERS of check_layers.cmake")
  endif()
  directives("${path}" lines)
  if(NOT "#pragma once" IN_LIST lines)
    breach("${path}" "lacks #pragma once")
  endif()
  foreach(line IN LISTS lines)
    check_plain("${path}" "${line}")
    if(line MATCHES "^#include ?<mtcp/(.*)\\.hpp>")
      public_layer("${CMAKE_MATCH_1}" their_layer)
      if(their_layer EQUAL -1 OR NOT their_layer LESS own_layer)
        breach("${path}" "includes upwards or sideways: ${line}")
      endif()
    elseif(line MATCHES "^#include ?<(.*)>")
      set(header "${CMAKE_MATCH_1}")
      if(NOT DEFINED ADAPTS_${self} OR NOT header MATCHES "${ADAPTS_${self}}")
        check_standard("${path}" "${header}")
      endif()
    elseif(line MATCHES "^#include ?\"")
      breach("${path}" "a public header includes public headers as <mtcp/...> only: ${line}")
    endif()
  endforeach()
endfunction()

function(check_mtcp_exists path name)
  if(NOT EXISTS "${ROOT}/include/mtcp/${name}")
    breach("${path}" "<mtcp/${name}> does not exist")
  endif()
endfunction()

# May `line`, an include of <mtcp/...>, stand in or below the seams?
function(check_value path line)
  if(line MATCHES "^#include ?<mtcp/(.*)\\.hpp>" AND NOT CMAKE_MATCH_1 IN_LIST SYS_MAY_INCLUDE)
    breach("${path}" "src/sys includes upwards: ${line}")
  endif()
endfunction()

# Below the seams there is the standard library, and values of the public face.
function(check_below_the_seams path)
  directives("${path}" lines)
  foreach(line IN LISTS lines)
    check_value("${path}" "${line}")
    if(line MATCHES "^#include ?\"")
      breach("${path}" "stands below the seams and includes upwards: ${line}")
    endif()
  endforeach()
endfunction()

# The portable core: no OS header, no condition, and the seams instead of a platform; nor, outside
# its own folder, the TLS that is made of it.
function(check_core path)
  directives("${path}" lines)
  set(in_tls FALSE)
  if(path MATCHES "^src/tls/")
    set(in_tls TRUE)
  endif()
  foreach(line IN LISTS lines)
    check_plain("${path}" "${line}")
    if(line MATCHES "^#include ?<mtcp/(.*)>")
      check_mtcp_exists("${path}" "${CMAKE_MATCH_1}")
      if(CMAKE_MATCH_1 MATCHES "^tls" AND NOT in_tls)
        breach("${path}" "the core does not know TLS: ${line}")
      endif()
    elseif(in_tls AND line MATCHES "^#include ?<${TLS_LIBRARY}/")
      continue()
    elseif(line MATCHES "^#include ?<(.*)>")
      check_standard("${path}" "${CMAKE_MATCH_1}")
    elseif(line MATCHES "^#include ?\"(.*)\"")
      set(quoted "${CMAKE_MATCH_1}")
      if(quoted MATCHES "^tls/" AND NOT in_tls)
        breach("${path}" "the core does not know TLS: ${line}")
      endif()
      if(quoted MATCHES "\\.\\." OR quoted MATCHES "^sys/.*/")
        breach("${path}" "the core knows the seams, not a platform: ${line}")
      elseif(NOT EXISTS "${ROOT}/src/${quoted}")
        breach("${path}" "not a header of src/: ${line}")
      endif()
    endif()
  endforeach()
endfunction()

# What seams and platforms include of mtcp: seams, their own platform, values of the public face.
function(check_sys_includes path line)
  string(REGEX MATCH "^src/(sys/[^/]+)/" _ "${path}")
  set(own_platform "${CMAKE_MATCH_1}")
  check_value("${path}" "${line}")
  if(line MATCHES "^#include ?\"(.*)\"" AND NOT CMAKE_MATCH_1 IN_LIST BELOW_THE_SEAMS)
    cmake_path(GET CMAKE_MATCH_1 PARENT_PATH their_folder)
    string(REGEX REPLACE "^(sys/[^/]+)/.*" "\\1" their_platform "${their_folder}")
    if(NOT their_folder STREQUAL "sys"
       AND (own_platform STREQUAL "" OR NOT their_platform STREQUAL own_platform))
      breach("${path}" "src/sys includes upwards or another platform: ${line}")
    endif()
  endif()
endfunction()

function(check_seam path)
  directives("${path}" lines)
  foreach(line IN LISTS lines)
    check_plain("${path}" "${line}")
    check_sys_includes("${path}" "${line}")
    if(NOT line MATCHES "<mtcp/" AND line MATCHES "^#include ?<(.*)>")
      check_standard("${path}" "${CMAKE_MATCH_1}")
    endif()
  endforeach()
endfunction()

# A platform may have OS headers and conditions, but it does not know who stands above it.
function(check_platform path)
  directives("${path}" lines)
  foreach(line IN LISTS lines)
    check_sys_includes("${path}" "${line}")
  endforeach()
endfunction()

# A program knows the public face, its own folder, and the OS in its system.cpp alone.
function(check_program path)
  cmake_path(GET path FILENAME name)
  directives("${path}" lines)
  foreach(line IN LISTS lines)
    check_plain("${path}" "${line}")
    if(line MATCHES "^#include ?<mtcp/(.*)>")
      check_mtcp_exists("${path}" "${CMAKE_MATCH_1}")
    elseif(line MATCHES "^#include ?<(.*)>" AND NOT name STREQUAL "system.cpp")
      check_standard("${path}" "${CMAKE_MATCH_1}")
    elseif(line MATCHES "^#include ?\"(.*/.*)\"")
      breach("${path}" "a program includes what is in its own folder: ${line}")
    endif()
  endforeach()
endfunction()

function(check_length path)
  file(READ "${ROOT}/${path}" text)
  string(REGEX MATCHALL "\n" line_ends "${text}")
  list(LENGTH line_ends lines)
  if(lines GREATER MAX_LINES)
    breach("${path}" "has ${lines} lines; ${MAX_LINES} at most")
  endif()
endfunction()

# What is a thread's own may be allocated at its first use: thread_local on some systems, the values
# of keys on others. A signal handler may come first, so there is one file for it, which none uses.
function(check_threads_own path)
  if(path MATCHES "/thread_object\\.cpp$")
    return()
  endif()
  file(STRINGS "${ROOT}/${path}" lines
       REGEX "^([^/]|/[^/])*(thread_local|pthread_[gs]etspecific)")
  foreach(line IN LISTS lines)
    breach("${path}" "what is a thread's own stands in thread_object.cpp: ${line}")
  endforeach()
endfunction()

function(check_all)
  foreach(folder include src tests examples programs benchmarks fuzz)
    file(GLOB_RECURSE found RELATIVE "${ROOT}" "${ROOT}/${folder}/*.hpp" "${ROOT}/${folder}/*.cpp")
    foreach(path IN LISTS found)
      check_length("${path}")
      if(path MATCHES "^(include|src)/")
        check_threads_own("${path}")
      endif()
      if(path MATCHES "^include/")
        check_public("${path}")
      elseif(path MATCHES "^src/sys/.*/")
        check_platform("${path}")
      elseif(path MATCHES "^src/sys/")
        check_seam("${path}")
      elseif(path MATCHES "^src/")
        check_core("${path}")
      elseif(path MATCHES "^programs/")
        check_program("${path}")
      endif()
      cmake_path(RELATIVE_PATH path BASE_DIRECTORY src OUTPUT_VARIABLE below_src)
      if(below_src IN_LIST BELOW_THE_SEAMS)
        check_below_the_seams("${path}")
      endif()
    endforeach()
  endforeach()
  get_property(breaches GLOBAL PROPERTY BREACHES)
  list(LENGTH breaches count)
  if(count GREATER 0)
    message(FATAL_ERROR "Breaches of the layers: ${count}")
  endif()
endfunction()

if(NOT EXISTS "${ROOT}/include/mtcp/mtcp.hpp")
  message(FATAL_ERROR "Say where the checkout is: cmake -DROOT=... -P check_layers.cmake")
endif()
check_all()
