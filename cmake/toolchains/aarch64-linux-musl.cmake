# The C library musl on 64-bit Arm, with libc++; run by qemu (the package qemu-user-static).
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(MTCP_TRIPLET aarch64-linux-musl)
include("${CMAKE_CURRENT_LIST_DIR}/zig/zig.cmake")
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static)
