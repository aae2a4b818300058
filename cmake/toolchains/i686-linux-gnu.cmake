# 32-bit x86. A 64-bit x86 runs its programs as they are, given the libraries that come with the
# compiler.
set(MTCP_TRIPLET i686-linux-gnu)
set(CMAKE_SYSTEM_PROCESSOR i686)
include("${CMAKE_CURRENT_LIST_DIR}/debian.cmake")
set(MTCP_LIBRARIES /usr/${MTCP_TRIPLET}/lib)
set(CMAKE_EXE_LINKER_FLAGS_INIT
    "-Wl,--dynamic-linker=${MTCP_LIBRARIES}/ld-linux.so.2,-rpath=${MTCP_LIBRARIES}")
