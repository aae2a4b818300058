# Included by ctest: asks mtcp_tests which tests it has, and makes a test of each. GoogleTest's own
# module reads what Wine prints by a pipe, which Wine's server would keep open for ever.
#
#   WINE       what runs a program
#   PROGRAM    mtcp_tests
#   NOT_RUN    the list of what is not run here, and why
#   STRESS     a regular expression: the tests of the label stress
#   KINDS      the kinds of streams: of the conformance suite, each is one test
#   TIMEOUT    of one test, in seconds

set(list_file "${PROGRAM}.tests")
execute_process(
  COMMAND ${WINE} "${PROGRAM}" --gtest_list_tests
  OUTPUT_FILE "${list_file}"
  ERROR_FILE "${list_file}.errors"
  RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "${PROGRAM} does not list its tests: ${failed}")
endif()

# Lines are "<test> <why>"; a test may end in "*", lines that begin with "#" are comments.
file(STRINGS "${NOT_RUN}" lines REGEX "^[^# ]")
set(not_run)
foreach(line IN LISTS lines)
  string(REGEX REPLACE " .*" "" name "${line}")
  list(APPEND not_run "${name}")
endforeach()
list(JOIN not_run ":" but_not)
string(REPLACE "." "\\." not_run "${not_run}")
string(REPLACE "*" ".*" not_run "${not_run}")
list(JOIN not_run "|" not_run)

foreach(kind IN LISTS KINDS)
  add_test("Conformance.${kind}" ${WINE} "${PROGRAM}"
           "--gtest_filter=Of/Conformance*.*/${kind}-${but_not}" --gtest_brief=1)
  set_tests_properties("Conformance.${kind}" PROPERTIES COST 10 LABELS fast TIMEOUT ${TIMEOUT}
                       FAIL_REGULAR_EXPRESSION "\\] 0 tests")
endforeach()

file(STRINGS "${list_file}" lines)
foreach(line IN LISTS lines)
  string(REGEX REPLACE "#.*" "" name "${line}")  # the value of a parameter
  string(REGEX REPLACE "[ \r]+$" "" name "${name}")
  if(name MATCHES "^  (.+)")
    set(test "${suite}${CMAKE_MATCH_1}")
    if(test MATCHES "^Of/Conformance")
      continue()
    endif()
    set(label fast)
    if(test MATCHES "${STRESS}")
      set(label stress)
    endif()
    add_test("${test}" ${WINE} "${PROGRAM}" "--gtest_filter=${test}")
    set_tests_properties("${test}" PROPERTIES LABELS ${label} TIMEOUT ${TIMEOUT})
    if(test MATCHES "^(${not_run})$")
      set_tests_properties("${test}" PROPERTIES DISABLED TRUE)
    endif()
  elseif(name MATCHES "\\.$")
    set(suite "${name}")
  endif()
endforeach()
