# What find_package(mtcp) and pkg-config find. Everything in it is relative to its own place, so
# that an installed tree may be moved. Three components, as packages are cut: mtcp_library,
# mtcp_development, mtcp_program.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(MTCP_CMAKE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/mtcp")
set(MTCP_PKGCONFIG_DIR "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

# The static and the shared library have a file of targets each, so that both can lie side by side,
# also when they come from two builds.
function(mtcp_install_library target kind)
  install(
    TARGETS ${target}
    EXPORT mtcp-${kind}-targets
    LIBRARY COMPONENT mtcp_library NAMELINK_COMPONENT mtcp_development
    ARCHIVE COMPONENT mtcp_development
    RUNTIME COMPONENT mtcp_library
    FILE_SET HEADERS COMPONENT mtcp_development)
  install(EXPORT mtcp-${kind}-targets NAMESPACE mtcp:: DESTINATION "${MTCP_CMAKE_DIR}"
          COMPONENT mtcp_development)
endfunction()

mtcp_install_library(mtcp ${MTCP_KIND})
if(TARGET mtcp_archive)
  mtcp_install_library(mtcp_archive static)
endif()

if(MTCP_BUILD_TLS)
  install(
    TARGETS mtcp_tls
    EXPORT mtcp-tls-targets
    ARCHIVE COMPONENT mtcp_development
    FILE_SET HEADERS COMPONENT mtcp_development)
  install(EXPORT mtcp-tls-targets NAMESPACE mtcp:: DESTINATION "${MTCP_CMAKE_DIR}"
          COMPONENT mtcp_development)
endif()

if(MTCP_BUILD_PROGRAMS)
  # The program finds a shared library next to it, wherever the tree is moved.
  cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_BINDIR BASE_DIRECTORY "/prefix" OUTPUT_VARIABLE bin)
  cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_LIBDIR BASE_DIRECTORY "/prefix" OUTPUT_VARIABLE lib)
  cmake_path(RELATIVE_PATH lib BASE_DIRECTORY "${bin}")
  if(BUILD_SHARED_LIBS)
    set_target_properties(mtcp-proxy PROPERTIES INSTALL_RPATH "$ORIGIN/${lib}")
  endif()
  install(TARGETS mtcp-proxy COMPONENT mtcp_program)
  install(FILES programs/mtcp-proxy/mtcp-proxy.1 DESTINATION "${CMAKE_INSTALL_MANDIR}/man1"
          COMPONENT mtcp_program)
endif()

# A manual page is found by each of the names at its top, as mtcp::TcpStream; the files here have
# names that every system can have.
if(NOT WIN32)
  file(GLOB pages CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/docs/man/*.[37]")
endif()
foreach(page IN LISTS pages)
  string(REGEX MATCH "[37]$" section "${page}")
  set(folder "${CMAKE_INSTALL_MANDIR}/man${section}")
  file(STRINGS "${page}" names REGEX "^\\.Nm mtcp")
  list(TRANSFORM names REPLACE "^\\.Nm ([^ ]*).*" "\\1")
  list(POP_FRONT names name)
  install(FILES "${page}" DESTINATION "${folder}" RENAME "${name}.${section}"
          COMPONENT mtcp_development)
  foreach(other IN LISTS names)
    set(link "${PROJECT_BINARY_DIR}/man/${other}.${section}")
    file(WRITE "${link}" ".so man${section}/${name}.${section}\n")
    install(FILES "${link}" DESTINATION "${folder}" COMPONENT mtcp_development)
  endforeach()
endforeach()

configure_package_config_file(
  cmake/mtcp-config.cmake.in "${PROJECT_BINARY_DIR}/mtcp-config.cmake"
  INSTALL_DESTINATION "${MTCP_CMAKE_DIR}" NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# Before 1.0 a new minor version may break programs.
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/mtcp-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/mtcp-config.cmake"
              "${PROJECT_BINARY_DIR}/mtcp-config-version.cmake" DESTINATION "${MTCP_CMAKE_DIR}"
        COMPONENT mtcp_development)

# From ${pcfiledir} back to the prefix and on to the folders, which may lie anywhere below it.
set(base "/prefix")
cmake_path(ABSOLUTE_PATH MTCP_PKGCONFIG_DIR BASE_DIRECTORY "${base}" OUTPUT_VARIABLE pkgconfig)
foreach(folder LIBDIR INCLUDEDIR)
  cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_${folder} BASE_DIRECTORY "${base}" OUTPUT_VARIABLE path)
  cmake_path(RELATIVE_PATH path BASE_DIRECTORY "${pkgconfig}" OUTPUT_VARIABLE MTCP_PC_${folder})
endforeach()
list(TRANSFORM MTCP_SYSTEM_LIBRARIES PREPEND " -l" OUTPUT_VARIABLE MTCP_PC_SYSTEM_LIBRARIES)
string(JOIN "" MTCP_PC_SYSTEM_LIBRARIES ${MTCP_PC_SYSTEM_LIBRARIES})
set(MTCP_PC_FILES mtcp.pc)
if(MTCP_BUILD_TLS)
  list(APPEND MTCP_PC_FILES mtcp-tls.pc)
endif()
foreach(file IN LISTS MTCP_PC_FILES)
  configure_file(cmake/${file}.in "${PROJECT_BINARY_DIR}/${file}" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${file}" DESTINATION "${MTCP_PKGCONFIG_DIR}"
          COMPONENT mtcp_development)
endforeach()
