# What find_package(mtcp) and pkg-config find. Everything in it is relative to its own place, so
# that an installed tree may be moved. Components, as packages are cut: mtcp_library,
# mtcp_development, the same of mtcp_tls, and mtcp_program.

include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(MTCP_CMAKE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/mtcp")
set(MTCP_PKGCONFIG_DIR "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

# The static and the shared library have a file of targets each, so that both can lie side by side,
# also when they come from two builds.
function(mtcp_install_library target component kind)
  string(REPLACE _ - targets ${component}-${kind}-targets)
  install(
    TARGETS ${target}
    EXPORT ${targets}
    LIBRARY COMPONENT ${component}_library NAMELINK_COMPONENT ${component}_development
    ARCHIVE COMPONENT ${component}_development
    RUNTIME COMPONENT ${component}_library
    FILE_SET HEADERS COMPONENT ${component}_development)
  install(EXPORT ${targets} NAMESPACE mtcp:: DESTINATION "${MTCP_CMAKE_DIR}"
          COMPONENT ${component}_development)
endfunction()

foreach(library mtcp mtcp_tls)
  if(TARGET ${library})
    mtcp_install_library(${library} ${library} ${MTCP_KIND})
  endif()
  if(TARGET ${library}_archive)
    mtcp_install_library(${library}_archive ${library} static)
  endif()
endforeach()

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
function(mtcp_install_manuals component folder)
  file(GLOB pages CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.[37]")
  foreach(page IN LISTS pages)
    string(REGEX MATCH "[37]$" section "${page}")
    set(manuals "${CMAKE_INSTALL_MANDIR}/man${section}")
    file(STRINGS "${page}" names REGEX "^\\.Nm mtcp")
    list(TRANSFORM names REPLACE "^\\.Nm ([^ ]*).*" "\\1")
    list(POP_FRONT names name)
    install(FILES "${page}" DESTINATION "${manuals}" RENAME "${name}.${section}"
            COMPONENT ${component})
    foreach(other IN LISTS names)
      set(link "${PROJECT_BINARY_DIR}/man/${other}.${section}")
      file(WRITE "${link}" ".so man${section}/${name}.${section}\n")
      install(FILES "${link}" DESTINATION "${manuals}" COMPONENT ${component})
    endforeach()
  endforeach()
endfunction()

if(NOT WIN32)
  mtcp_install_manuals(mtcp_development docs/man)
  if(TARGET mtcp_tls)
    mtcp_install_manuals(mtcp_tls_development docs/man/tls)
  endif()
endif()

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
# What a static library needs, programs are linked with.
set(MTCP_PC_OPENSSL ", ")
if(MTCP_KIND STREQUAL shared)
  set(MTCP_PC_OPENSSL "\nRequires.private: ")
endif()
foreach(library mtcp mtcp_tls)
  if(TARGET ${library})
    string(REPLACE _ - name ${library})
    configure_file(cmake/${name}.pc.in "${PROJECT_BINARY_DIR}/${name}.pc" @ONLY)
    install(FILES "${PROJECT_BINARY_DIR}/${name}.pc" DESTINATION "${MTCP_PKGCONFIG_DIR}"
            COMPONENT ${library}_development)
  endif()
endforeach()
