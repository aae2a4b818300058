# The recipes name the version of the project, as they have to.
#
#   cmake -DROOT=<checkout> -DVERSION=... -P same_version.cmake

file(READ "${ROOT}/packaging/vcpkg/mtcp/vcpkg.json" port)
string(JSON version GET "${port}" version-semver)
if(NOT version STREQUAL VERSION)
  message(FATAL_ERROR "packaging/vcpkg/mtcp/vcpkg.json says ${version}, the project ${VERSION}")
endif()

# Conan's finds it in this way.
file(READ "${ROOT}/CMakeLists.txt" lists)
if(NOT lists MATCHES "VERSION [^V]*VERSION ([0-9.]+)" OR NOT CMAKE_MATCH_1 STREQUAL VERSION)
  message(FATAL_ERROR "packaging/conan/conanfile.py finds '${CMAKE_MATCH_1}' and not ${VERSION}")
endif()
