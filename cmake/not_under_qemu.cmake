# MTCP_NOT_UNDER_QEMU: a part of a --gtest_filter that leaves out what tests/linux/not_under_qemu.txt
# names for this processor; empty unless qemu runs the tests. Each name becomes a disabled test, so
# that ctest tells of it.

set(MTCP_NOT_UNDER_QEMU "")
if(NOT CMAKE_CROSSCOMPILING_EMULATOR MATCHES "qemu-")
  return()
endif()

set(MTCP_NOT_UNDER_QEMU_FILE "${PROJECT_SOURCE_DIR}/tests/linux/not_under_qemu.txt")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${MTCP_NOT_UNDER_QEMU_FILE}")
file(STRINGS "${MTCP_NOT_UNDER_QEMU_FILE}" MTCP_LINES REGEX "^[^#]")
foreach(line IN LISTS MTCP_LINES)
  if(NOT line MATCHES "^([^ ]+) +([^ ]+) +(.+)$")
    message(FATAL_ERROR "${MTCP_NOT_UNDER_QEMU_FILE}: no processor, name and reason: ${line}")
  endif()
  set(processor "${CMAKE_MATCH_1}")
  set(name "${CMAKE_MATCH_2}")
  set(reason "${CMAKE_MATCH_3}")
  if(processor STREQUAL "*" OR processor STREQUAL CMAKE_SYSTEM_PROCESSOR)
    message(STATUS "Not under qemu: ${name}: ${reason}")
    string(APPEND MTCP_NOT_UNDER_QEMU ":${name}")
    add_test(NAME "NotUnderQemu.${name}" COMMAND mtcp_tests "--gtest_filter=${name}")
    set_tests_properties("NotUnderQemu.${name}" PROPERTIES DISABLED TRUE LABELS fast)
  endif()
endforeach()
