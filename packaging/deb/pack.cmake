# Debian packages: the shared library (named after its SOVERSION, so that two of them can be
# installed at once) and what programs are built with; the same of mtcp::tls; and mtcp-proxy.
#
#   cmake --workflow --preset package    puts them into build/package/debs

if(NOT TARGET mtcp_archive OR NOT TARGET mtcp_tls OR NOT TARGET mtcp-proxy)
  message(FATAL_ERROR "MTCP_PACKAGE needs BUILD_SHARED_LIBS, MTCP_BUILD_ARCHIVE, MTCP_BUILD_TLS and"
                      " MTCP_BUILD_PROGRAMS; the preset package has them")
endif()

set(MTCP_PACKAGE_CONTACT "The mtcp authors <mtcp@packages.invalid>"
    CACHE STRING "Who maintains the packages: a name and an address")

set(library libmtcp${MTCP_SOVERSION})
set(tls_library libmtcp-tls${MTCP_SOVERSION})
set(version "${PROJECT_VERSION}-${MTCP_PACKAGE_RELEASE}")

set(CPACK_GENERATOR DEB)
set(CPACK_OUTPUT_FILE_PREFIX "${PROJECT_BINARY_DIR}/debs")
set(CPACK_PACKAGE_CONTACT "${MTCP_PACKAGE_CONTACT}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
# Each package has a first line of its own.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS "${PROJECT_SOURCE_DIR}/packaging/deb/finish.cmake")
set(CPACK_MTCP_SOURCE_DIR "${PROJECT_SOURCE_DIR}")
set(CPACK_MTCP_VERSION "${version}")

set(CPACK_COMPONENTS_ALL mtcp_library mtcp_development mtcp_tls_library mtcp_tls_development
                         mtcp_program)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${MTCP_PACKAGE_RELEASE})
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# Which packages have the libraries that each of these needs.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${PROJECT_BINARY_DIR}")
# And what a package that needs this one is told.
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")

set(CPACK_DEBIAN_MTCP_LIBRARY_PACKAGE_NAME ${library})
set(CPACK_DEBIAN_MTCP_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_MTCP_LIBRARY_PACKAGE_CONTROL_EXTRA "${PROJECT_SOURCE_DIR}/packaging/deb/triggers")
set(CPACK_DEBIAN_MTCP_LIBRARY_DESCRIPTION
    "TCP in the blocking style, with deadlines and cancellation
mtcp is a C++23 library for TCP in which every operation blocks as long as its
deadline permits and no longer, and can be cancelled from other threads, from
signal handlers and by stop tokens. Errors are values.
.
This package has the shared library.")

set(CPACK_DEBIAN_MTCP_DEVELOPMENT_PACKAGE_NAME libmtcp-dev)
set(CPACK_DEBIAN_MTCP_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_MTCP_DEVELOPMENT_PACKAGE_DEPENDS "${library} (= ${version})")
set(CPACK_DEBIAN_MTCP_DEVELOPMENT_DESCRIPTION
    "TCP with deadlines and cancellation: files for development
mtcp is a C++23 library for TCP in which every operation blocks as long as its
deadline permits and no longer, and can be cancelled from other threads, from
signal handlers and by stop tokens. Errors are values.
.
This package has the headers, the static library, manual pages, and what CMake
and pkg-config need to find them.")

# Made of parts of libmtcp that no other version need have.
set(CPACK_DEBIAN_MTCP_TLS_LIBRARY_PACKAGE_NAME ${tls_library})
set(CPACK_DEBIAN_MTCP_TLS_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_MTCP_TLS_LIBRARY_PACKAGE_DEPENDS "${library} (= ${version})")
set(CPACK_DEBIAN_MTCP_TLS_LIBRARY_PACKAGE_CONTROL_EXTRA
    "${PROJECT_SOURCE_DIR}/packaging/deb/triggers")
set(CPACK_DEBIAN_MTCP_TLS_LIBRARY_DESCRIPTION
    "TLS in the blocking style, with deadlines and cancellation
mtcp is a C++23 library for TCP in which every operation blocks as long as its
deadline permits and no longer, and can be cancelled from other threads, from
signal handlers and by stop tokens. Errors are values.
.
This package has the shared library that speaks TLS over it, by OpenSSL.")

set(CPACK_DEBIAN_MTCP_TLS_DEVELOPMENT_PACKAGE_NAME libmtcp-tls-dev)
set(CPACK_DEBIAN_MTCP_TLS_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_MTCP_TLS_DEVELOPMENT_PACKAGE_DEPENDS
    "${tls_library} (= ${version}), libmtcp-dev (= ${version}), libssl-dev")
set(CPACK_DEBIAN_MTCP_TLS_DEVELOPMENT_DESCRIPTION
    "TLS with deadlines and cancellation: files for development
mtcp is a C++23 library for TCP in which every operation blocks as long as its
deadline permits and no longer, and can be cancelled from other threads, from
signal handlers and by stop tokens. Errors are values.
.
This package has the headers and the static library for TLS over it, and what
CMake and pkg-config need to find them.")

set(CPACK_DEBIAN_MTCP_PROGRAM_PACKAGE_NAME mtcp-proxy)
set(CPACK_DEBIAN_MTCP_PROGRAM_PACKAGE_SECTION net)
set(CPACK_DEBIAN_MTCP_PROGRAM_PACKAGE_DEPENDS
    "${library} (>= ${PROJECT_VERSION}), ${tls_library} (>= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_MTCP_PROGRAM_DESCRIPTION
    "forwards TCP connections, with limits, a drain and statistics
mtcp-proxy listens on one or more addresses and hands each connection on to a
host; either side may speak TLS. It bounds connecting, silence and the whole of
a connection, lets open connections end before it stops, and never passes a
broken connection off as one that has ended.")

include(CPack)
