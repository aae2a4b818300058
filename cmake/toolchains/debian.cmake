# For each <triplet>.cmake: Debian's cross compiler for the Linux of another processor
# (the package g++-<triplet>), and what runs its programs here.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_CXX_COMPILER ${MTCP_TRIPLET}-g++)
set(CMAKE_C_COMPILER ${MTCP_TRIPLET}-gcc)

set(CMAKE_FIND_ROOT_PATH /usr/${MTCP_TRIPLET})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
