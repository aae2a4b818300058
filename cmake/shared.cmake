# The shared libraries: their names, what they export, and the archives that may be made beside them.

# Counts the changes after which programs have to be built anew; packaging/abi/README.md says when
# it grows. It is not the version: that says what sources can rely on.
set(MTCP_SOVERSION 0)

get_target_property(MTCP_LIBRARY_TYPE mtcp TYPE)
set(MTCP_KIND static)
if(MTCP_LIBRARY_TYPE STREQUAL SHARED_LIBRARY)
  set(MTCP_KIND shared)
endif()

# `map` says what the library `target` exports, as the linkers of ELF systems take it.
function(mtcp_finish_library target map)
  set_target_properties(
    ${target} PROPERTIES CXX_EXTENSIONS OFF VERSION ${PROJECT_VERSION} SOVERSION ${MTCP_SOVERSION}
                         WINDOWS_EXPORT_ALL_SYMBOLS ON)
  if(MTCP_KIND STREQUAL static OR APPLE OR WIN32)
    return()
  endif()
  cmake_path(GET map FILENAME name)
  set(script "${PROJECT_BINARY_DIR}/${name}")
  configure_file("${map}" "${script}" @ONLY)
  # Calls within the library are no business of others, exported or not.
  target_link_options(${target} PRIVATE "LINKER:--version-script=${script}"
                      LINKER:-Bsymbolic-functions)
  if(PROJECT_IS_TOP_LEVEL AND NOT MTCP_SANITIZE)
    target_link_options(${target} PRIVATE LINKER:--no-undefined)
  endif()
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS "${script}")
endfunction()

# The archive `archive` of the objects of `target`, which are position-independent; with its name,
# its headers, and ARGN for target_link_libraries().
function(mtcp_add_archive archive target export)
  get_target_property(headers ${target} HEADER_SET)
  add_library(${archive} STATIC $<TARGET_OBJECTS:${target}>)
  target_sources(${archive} PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/include" FILES
                                   ${headers})
  target_compile_features(${archive} PUBLIC cxx_std_23)
  target_link_libraries(${archive} ${ARGN})
  set_target_properties(
    ${archive} PROPERTIES OUTPUT_NAME ${target} EXPORT_NAME ${export} LINKER_LANGUAGE CXX)
endfunction()

mtcp_finish_library(mtcp "${PROJECT_SOURCE_DIR}/src/mtcp.map")
if(MTCP_BUILD_ARCHIVE AND MTCP_KIND STREQUAL shared)
  mtcp_add_archive(mtcp_archive mtcp mtcp PUBLIC Threads::Threads PRIVATE ${MTCP_SYSTEM_LIBRARIES})
endif()
