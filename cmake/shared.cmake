# The shared library: its name, what it exports, and the archive that may be made beside it.

# Counts the changes after which programs have to be built anew; packaging/abi/README.md says when
# it grows. It is not the version: that says what sources can rely on.
set(MTCP_SOVERSION 0)
set_target_properties(
  mtcp PROPERTIES CXX_EXTENSIONS OFF VERSION ${PROJECT_VERSION} SOVERSION ${MTCP_SOVERSION}
                  WINDOWS_EXPORT_ALL_SYMBOLS ON)

get_target_property(MTCP_LIBRARY_TYPE mtcp TYPE)
set(MTCP_KIND static)
if(MTCP_LIBRARY_TYPE STREQUAL SHARED_LIBRARY)
  set(MTCP_KIND shared)
  # As the linkers of ELF systems take it.
  if(NOT APPLE AND NOT WIN32)
    target_link_options(mtcp PRIVATE "LINKER:--version-script=${PROJECT_SOURCE_DIR}/src/mtcp.map")
    set_property(TARGET mtcp APPEND PROPERTY LINK_DEPENDS "${PROJECT_SOURCE_DIR}/src/mtcp.map")
  endif()
endif()

# Of the same objects, which are position-independent.
if(MTCP_BUILD_ARCHIVE AND MTCP_KIND STREQUAL shared)
  add_library(mtcp_archive STATIC $<TARGET_OBJECTS:mtcp>)
  target_sources(
    mtcp_archive PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/include" FILES
                        ${MTCP_HEADERS})
  target_compile_features(mtcp_archive PUBLIC cxx_std_23)
  target_link_libraries(mtcp_archive PUBLIC Threads::Threads PRIVATE ${MTCP_SYSTEM_LIBRARIES})
  set_target_properties(
    mtcp_archive PROPERTIES OUTPUT_NAME mtcp EXPORT_NAME mtcp LINKER_LANGUAGE CXX)
endif()
