# GoogleTest, as GTest::gtest and GTest::gtest_main. A build for another processor, system or
# C library finds none that is built for it, and builds its own, with its own flags, from the sources
# that distributions install (Debian: the package googletest) or that -DMTCP_GOOGLETEST_SOURCES
# names. Any other build takes what is installed.

include_guard(GLOBAL)

find_package(GTest QUIET GLOBAL)
if(GTest_FOUND)
  return()
endif()
if(NOT CMAKE_CROSSCOMPILING)
  find_package(GTest REQUIRED)
endif()

find_path(MTCP_GOOGLETEST_SOURCES NAMES googletest/include/gtest/gtest.h PATHS /usr/src/googletest
          DOC "The sources of GoogleTest" NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
if(NOT MTCP_GOOGLETEST_SOURCES)
  message(
    FATAL_ERROR
      "GoogleTest is neither installed for ${CMAKE_SYSTEM_NAME} on ${CMAKE_SYSTEM_PROCESSOR}, nor are"
      " its sources here (Debian: the package googletest; elsewhere: -DMTCP_GOOGLETEST_SOURCES=...)")
endif()

set(BUILD_GMOCK OFF CACHE BOOL "")
set(INSTALL_GTEST OFF CACHE BOOL "")
# As an archive also in a shared build, so that tests find it wherever they run.
set(MTCP_SAVED_BUILD_SHARED_LIBS "${BUILD_SHARED_LIBS}")
set(BUILD_SHARED_LIBS OFF)
add_subdirectory("${MTCP_GOOGLETEST_SOURCES}" googletest EXCLUDE_FROM_ALL SYSTEM)
set(BUILD_SHARED_LIBS "${MTCP_SAVED_BUILD_SHARED_LIBS}")
