# What find_package(mtcp) and pkg-config find. Everything in it is relative to its own place, so
# that an installed tree may be moved.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(MTCP_CMAKE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/mtcp")
set(MTCP_PKGCONFIG_DIR "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

install(TARGETS mtcp EXPORT mtcp-targets FILE_SET HEADERS)
install(EXPORT mtcp-targets NAMESPACE mtcp:: DESTINATION "${MTCP_CMAKE_DIR}")

if(MTCP_BUILD_TLS)
  install(TARGETS mtcp_tls EXPORT mtcp-tls-targets FILE_SET HEADERS)
  install(EXPORT mtcp-tls-targets NAMESPACE mtcp:: DESTINATION "${MTCP_CMAKE_DIR}")
endif()

if(MTCP_BUILD_PROGRAMS)
  # The program finds a shared library next to it, wherever the tree is moved.
  cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_BINDIR BASE_DIRECTORY "/prefix" OUTPUT_VARIABLE bin)
  cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_LIBDIR BASE_DIRECTORY "/prefix" OUTPUT_VARIABLE lib)
  cmake_path(RELATIVE_PATH lib BASE_DIRECTORY "${bin}")
  if(BUILD_SHARED_LIBS)
    set_target_properties(mtcp-proxy PROPERTIES INSTALL_RPATH "$ORIGIN/${lib}")
  endif()
  install(TARGETS mtcp-proxy)
  install(FILES programs/mtcp-proxy/mtcp-proxy.1 DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
endif()

configure_package_config_file(
  cmake/mtcp-config.cmake.in "${PROJECT_BINARY_DIR}/mtcp-config.cmake"
  INSTALL_DESTINATION "${MTCP_CMAKE_DIR}" NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# Before 1.0 a new minor version may break programs.
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/mtcp-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/mtcp-config.cmake"
              "${PROJECT_BINARY_DIR}/mtcp-config-version.cmake" DESTINATION "${MTCP_CMAKE_DIR}")

# From ${pcfiledir} back to the prefix and on to the folders, which may lie anywhere below it.
set(base "/prefix")
cmake_path(ABSOLUTE_PATH MTCP_PKGCONFIG_DIR BASE_DIRECTORY "${base}" OUTPUT_VARIABLE pkgconfig)
foreach(folder LIBDIR INCLUDEDIR)
  cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_${folder} BASE_DIRECTORY "${base}" OUTPUT_VARIABLE path)
  cmake_path(RELATIVE_PATH path BASE_DIRECTORY "${pkgconfig}" OUTPUT_VARIABLE MTCP_PC_${folder})
endforeach()
set(MTCP_PC_FILES mtcp.pc)
if(MTCP_BUILD_TLS)
  list(APPEND MTCP_PC_FILES mtcp-tls.pc)
endif()
foreach(file IN LISTS MTCP_PC_FILES)
  configure_file(cmake/${file}.in "${PROJECT_BINARY_DIR}/${file}" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${file}" DESTINATION "${MTCP_PKGCONFIG_DIR}")
endforeach()
