# mtcp::tls, TLS over mtcp by OpenSSL: a library of its own, so that the core depends on nothing.

find_package(OpenSSL 3 REQUIRED)

file(GLOB MTCP_TLS_HEADERS CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/mtcp/tls.hpp"
     "${PROJECT_SOURCE_DIR}/include/mtcp/tls/*.hpp")
file(GLOB MTCP_TLS_SOURCES CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/tls/*.cpp")

add_library(mtcp_tls)
add_library(mtcp::tls ALIAS mtcp_tls)
target_sources(
  mtcp_tls
  PRIVATE ${MTCP_TLS_SOURCES}
  PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/include" FILES ${MTCP_TLS_HEADERS})
target_include_directories(mtcp_tls PRIVATE "${PROJECT_SOURCE_DIR}/src")
target_link_libraries(mtcp_tls PUBLIC mtcp PRIVATE OpenSSL::SSL)
set_target_properties(mtcp_tls PROPERTIES EXPORT_NAME tls)
mtcp_finish_library(mtcp_tls "${PROJECT_SOURCE_DIR}/src/tls/mtcp_tls.map")
mtcp_build_as_our_own(mtcp_tls)
if(PROJECT_IS_TOP_LEVEL)
  # OpenSSL's macros are written in C.
  target_compile_options(
    mtcp_tls PRIVATE "$<$<CXX_COMPILER_ID:GNU,Clang,AppleClang>:-Wno-old-style-cast>")
endif()

if(TARGET mtcp_archive)
  mtcp_add_archive(mtcp_tls_archive mtcp_tls tls PUBLIC mtcp_archive PRIVATE OpenSSL::SSL)
endif()
