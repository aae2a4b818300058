# For <triplet>.cmake: Zig's compiler (clang) and C++ library (libc++) for another system or C
# library, from the zig that -DMTCP_ZIG names or that is on the PATH.

find_program(MTCP_ZIG zig REQUIRED DOC "The zig to compile and link with")
# A toolchain file is read again by the small projects that try the compiler.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES MTCP_ZIG)

set(CMAKE_C_COMPILER "${MTCP_ZIG}" cc -target ${MTCP_TRIPLET})
set(CMAKE_CXX_COMPILER "${MTCP_ZIG}" c++ -target ${MTCP_TRIPLET})
set(CMAKE_CXX_FLAGS_INIT "-I${CMAKE_CURRENT_LIST_DIR}/include")

# An ar of this system may not know the other's object files.
foreach(language C CXX)
  set(CMAKE_${language}_ARCHIVE_CREATE "\"${MTCP_ZIG}\" ar qc <TARGET> <OBJECTS>")
  set(CMAKE_${language}_ARCHIVE_APPEND "\"${MTCP_ZIG}\" ar q <TARGET> <OBJECTS>")
  set(CMAKE_${language}_ARCHIVE_FINISH "\"${MTCP_ZIG}\" ranlib <TARGET>")
endforeach()

# zig passes on few options of the linker, and --wrap, which the tests need, is none of them.
set(CMAKE_CXX_LINK_EXECUTABLE
    "\"${CMAKE_CURRENT_LIST_DIR}/link\" <CMAKE_CXX_COMPILER> <FLAGS> <CMAKE_CXX_LINK_FLAGS> <LINK_FLAGS> <OBJECTS> -o <TARGET> <LINK_LIBRARIES>"
)

set(CMAKE_FIND_ROOT_PATH "${CMAKE_CURRENT_LIST_DIR}/nothing")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
