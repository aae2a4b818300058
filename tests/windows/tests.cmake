# A DLL that has mtcp inside, to be loaded and let go by the tests.
add_library(mtcp_unloaded SHARED windows/unloaded/library.cpp $<TARGET_OBJECTS:mtcp>)
mtcp_tests_build_as(mtcp_unloaded)
set_target_properties(mtcp_unloaded PROPERTIES PREFIX "")
add_dependencies(mtcp_tests mtcp_unloaded)

# The tests are run where they were built, by Wine. Which are not, and why: not_under_wine.txt.

file(
  GENERATE
  OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/tests.cmake"
  CONTENT
    "set(WINE \"${CMAKE_CROSSCOMPILING_EMULATOR}\")
set(PROGRAM \"$<TARGET_FILE:mtcp_tests>\")
set(NOT_RUN \"${CMAKE_CURRENT_SOURCE_DIR}/windows/not_under_wine.txt\")
set(STRESS \"(^|/)Stress\")
set(KINDS \"${MTCP_STREAM_KINDS}\")
set(TIMEOUT ${MTCP_TEST_TIMEOUT})
include(\"${CMAKE_CURRENT_SOURCE_DIR}/windows/discover_tests.cmake\")
")
set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${CMAKE_CURRENT_BINARY_DIR}/tests.cmake")
