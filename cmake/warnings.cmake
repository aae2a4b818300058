# Warnings are for those who work on mtcp. All of these are private to our own targets: none of
# them reaches a program that uses the library, and none becomes an error in its build.

set(MTCP_WARNINGS
    -Wall
    -Wextra
    -Wpedantic
    -Wcast-align
    -Wcast-qual
    -Wconversion
    -Wdouble-promotion
    -Wextra-semi
    -Wformat=2
    -Wimplicit-fallthrough
    -Wmissing-declarations
    -Wnon-virtual-dtor
    -Wnull-dereference
    -Wold-style-cast
    -Woverloaded-virtual
    -Wshadow
    -Wsign-conversion
    -Wundef
    -Wunused)
set(MTCP_WARNINGS_GNU -Wduplicated-branches -Wduplicated-cond)
set(MTCP_WARNINGS_CLANG -Wmissing-prototypes -Wthread-safety -Wunreachable-code)

# Our own dialect, warnings and sanitizers for a target of this project.
function(mtcp_build_as_our_own target)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  mtcp_sanitize(${target})
  if(NOT PROJECT_IS_TOP_LEVEL)
    return()
  endif()
  target_compile_options(
    ${target}
    PRIVATE ${MTCP_WARNINGS} "$<$<CXX_COMPILER_ID:GNU>:${MTCP_WARNINGS_GNU}>"
            "$<$<CXX_COMPILER_ID:Clang,AppleClang>:${MTCP_WARNINGS_CLANG}>")
  if(MTCP_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()
