# Each header compiles alone, as the first and only one: one that leans on what others include
# before it does not build.

file(GLOB MTCP_ALONE RELATIVE "${PROJECT_SOURCE_DIR}" CONFIGURE_DEPENDS
     "${PROJECT_SOURCE_DIR}/include/mtcp/*.hpp" "${PROJECT_SOURCE_DIR}/src/*.hpp"
     "${PROJECT_SOURCE_DIR}/src/sys/*.hpp" "${PROJECT_SOURCE_DIR}/src/sys/${MTCP_PLATFORM}/*.hpp"
     "${PROJECT_SOURCE_DIR}/tests/support/*.hpp")
foreach(platform IN LISTS MTCP_TEST_PLATFORMS)
  file(GLOB found RELATIVE "${PROJECT_SOURCE_DIR}" CONFIGURE_DEPENDS
       "${PROJECT_SOURCE_DIR}/tests/support/${platform}/*.hpp")
  list(APPEND MTCP_ALONE ${found})
endforeach()
list(REMOVE_ITEM MTCP_ALONE include/mtcp/tls.hpp)
if(MTCP_BUILD_TLS)
  file(GLOB MTCP_TLS_ALONE RELATIVE "${PROJECT_SOURCE_DIR}" CONFIGURE_DEPENDS
       "${PROJECT_SOURCE_DIR}/include/mtcp/tls.hpp" "${PROJECT_SOURCE_DIR}/include/mtcp/tls/*.hpp"
       "${PROJECT_SOURCE_DIR}/src/tls/*.hpp" "${PROJECT_SOURCE_DIR}/tests/tls/support/*.hpp")
  list(APPEND MTCP_ALONE ${MTCP_TLS_ALONE})
endif()

# Those for users of another library need it.
find_package(Boost 1.74 QUIET)
find_path(MTCP_STANDALONE_ASIO asio.hpp)
if(NOT Boost_FOUND)
  list(FILTER MTCP_ALONE EXCLUDE REGEX "/(asio|beast)_stream\\.hpp$")
endif()
if(NOT MTCP_STANDALONE_ASIO)
  list(FILTER MTCP_ALONE EXCLUDE REGEX "/standalone_asio_stream\\.hpp$")
endif()

add_library(mtcp_headers_alone OBJECT)
foreach(header IN LISTS MTCP_ALONE)
  set(source "${CMAKE_CURRENT_BINARY_DIR}/headers_alone/${header}.cpp")
  # Twice, for the #pragma once.
  string(REPEAT "#include \"${PROJECT_SOURCE_DIR}/${header}\"\n" 2 text)
  file(CONFIGURE OUTPUT "${source}" CONTENT "${text}" @ONLY)
  target_sources(mtcp_headers_alone PRIVATE "${source}")
endforeach()
target_include_directories(mtcp_headers_alone PRIVATE "${PROJECT_SOURCE_DIR}/src"
                                                      "${CMAKE_CURRENT_SOURCE_DIR}")
target_link_libraries(mtcp_headers_alone PRIVATE mtcp::mtcp GTest::gtest)
if(MTCP_BUILD_TLS)
  target_link_libraries(mtcp_headers_alone PRIVATE mtcp::tls OpenSSL::SSL)
  target_compile_options(mtcp_headers_alone PRIVATE -Wno-old-style-cast)  # OpenSSL's macros
endif()
mtcp_build_as_our_own(mtcp_headers_alone)
# A category of Boost's has no virtual destructor, as it is never deleted.
set_source_files_properties(
  "${CMAKE_CURRENT_BINARY_DIR}/headers_alone/include/mtcp/asio_stream.hpp.cpp"
  "${CMAKE_CURRENT_BINARY_DIR}/headers_alone/include/mtcp/beast_stream.hpp.cpp"
  PROPERTIES COMPILE_OPTIONS -Wno-non-virtual-dtor)
