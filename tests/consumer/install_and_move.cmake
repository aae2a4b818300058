# Installs a build and moves what was installed, so that nothing in it can point to where it was.
#
#   cmake -DBUILD=<build folder> -DWORK=<folder to work in> -P install_and_move.cmake

file(REMOVE_RECURSE "${WORK}")
execute_process(COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${WORK}/first"
                OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(RENAME "${WORK}/first" "${WORK}/moved")

# Neither the place of the build nor that of the first installation is in what users read.
file(GLOB_RECURSE installed "${WORK}/moved/*.cmake" "${WORK}/moved/*.pc" "${WORK}/moved/*.hpp")
foreach(path IN LISTS installed)
  file(READ "${path}" text)
  foreach(foreign "${BUILD}" "${WORK}/first")
    string(FIND "${text}" "${foreign}" at)
    if(NOT at EQUAL -1)
      message(FATAL_ERROR "${path} mentions ${foreign}")
    endif()
  endforeach()
endforeach()
