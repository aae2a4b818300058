# MTCP_SANITIZE=address,undefined or thread: every target of ours is built and linked with it, and
# the first report ends the program, so that a test cannot pass over it.

function(mtcp_sanitize target)
  if(NOT MTCP_SANITIZE)
    return()
  endif()
  string(REPLACE ";" "," sanitizers "${MTCP_SANITIZE}")
  target_compile_options(${target} PRIVATE -fsanitize=${sanitizers} -fno-sanitize-recover=all
                                           -fno-omit-frame-pointer)
  if(sanitizers MATCHES "undefined")
    # It opens a descriptor to see whether memory can be read, and at the descriptor limit takes a
    # sound object for a broken one.
    target_compile_options(${target} PRIVATE -fno-sanitize=vptr)
  endif()
  target_link_options(${target} PRIVATE -fsanitize=${sanitizers})
endfunction()
