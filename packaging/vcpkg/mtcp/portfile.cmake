# An overlay port: the sources are those of the checkout that it lies in.
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

vcpkg_check_features(OUT_FEATURE_OPTIONS FEATURE_OPTIONS FEATURES proxy MTCP_BUILD_PROGRAMS)

vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS ${FEATURE_OPTIONS} -DMTCP_BUILD_TESTS=OFF -DMTCP_BUILD_EXAMPLES=OFF -DMTCP_BUILD_TLS=OFF
  OPTIONS_DEBUG -DMTCP_BUILD_PROGRAMS=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/mtcp)
vcpkg_fixup_pkgconfig()

if("proxy" IN_LIST FEATURES)
  vcpkg_copy_tools(TOOL_NAMES mtcp-proxy AUTO_CLEAN)
endif()

file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include" "${CURRENT_PACKAGES_DIR}/debug/share")
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
