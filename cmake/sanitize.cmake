# MTCP_SANITIZE=address,undefined or thread: every target of ours is built and linked with it, and
# the first report ends the program, so that a test cannot pass over it.

# clang links its runtime into the program unless told otherwise, and then the program cannot
# replace operator new, as the tests that count allocations do. g++ has a shared one anyway.
if(MTCP_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL Clang)
  foreach(what runtime resource)
    execute_process(
      COMMAND "${CMAKE_CXX_COMPILER}" -print-${what}-dir
      OUTPUT_VARIABLE folder
      OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
    list(APPEND MTCP_SANITIZER_RUNTIME "${folder}")
  endforeach()
  list(TRANSFORM MTCP_SANITIZER_RUNTIME APPEND /lib/linux AT 1)
endif()

function(mtcp_sanitize target)
  if(NOT MTCP_SANITIZE)
    return()
  endif()
  string(REPLACE ";" "," sanitizers "${MTCP_SANITIZE}")
  target_compile_options(${target} PRIVATE -fsanitize=${sanitizers} -fno-sanitize-recover=all
                                           -fno-omit-frame-pointer)
  # This check opens a pipe to see whether memory can be read, and takes a full descriptor table,
  # which the tests make, for an object that is none.
  if(sanitizers MATCHES undefined)
    target_compile_options(${target} PRIVATE -fno-sanitize=vptr)
  endif()
  target_link_options(${target} PRIVATE -fsanitize=${sanitizers})
  if(MTCP_SANITIZER_RUNTIME)
    target_link_options(${target} PRIVATE -shared-libsan)
    set_property(TARGET ${target} APPEND PROPERTY BUILD_RPATH "${MTCP_SANITIZER_RUNTIME}")
  endif()
endfunction()
