# The C library musl, with libc++. Its programs need nothing of the system that they run on but a
# Linux kernel.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(MTCP_TRIPLET x86_64-linux-musl)
include("${CMAKE_CURRENT_LIST_DIR}/zig/zig.cmake")
