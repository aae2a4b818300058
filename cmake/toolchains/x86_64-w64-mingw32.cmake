# Builds for Windows on a Debian system, with g++-mingw-w64-x86-64-posix; what is built runs there
# under wine64.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR AMD64)

set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc-posix)
set(CMAKE_CXX_COMPILER x86_64-w64-mingw32-g++-posix)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)

set(CMAKE_FIND_ROOT_PATH /usr/x86_64-w64-mingw32)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

set(CMAKE_CROSSCOMPILING_EMULATOR wine)

# Programs carry the compiler's libraries with them, so that they run where there is no compiler.
# In C++23, std::type_info's comparison is defined in the header as well as in the static library of
# g++ 12, which the linker would refuse.
set(static "-static -Wl,--allow-multiple-definition")
set(CMAKE_EXE_LINKER_FLAGS_INIT "${static}")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "${static}")
