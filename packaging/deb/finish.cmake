# Run by cpack when the files of each package lie in a folder of its own: adds what a Debian package
# has to have, and compresses what it has to have compressed.

function(compress path)
  execute_process(COMMAND gzip --best --no-name "${path}" COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# The license as a field of debian/copyright: each line one space in, empty ones a dot.
function(license_field result)
  file(READ "${CPACK_MTCP_SOURCE_DIR}/LICENSE" text)
  string(REGEX MATCH "Copyright \\(c\\) ([^\n]*)" line "${text}")
  set(holder "${CMAKE_MATCH_1}")
  string(REGEX REPLACE "^.*Copyright[^\n]*\n\n" "" text "${text}")
  string(STRIP "${text}" text)
  string(REPLACE "\n\n" "\n.\n" text "${text}")
  string(REPLACE "\n" "\n " text "${text}")
  set(${result} "Copyright: ${holder}\nLicense: Expat\n ${text}\n" PARENT_SCOPE)
endfunction()

function(add_documents folder)
  license_field(license)
  file(WRITE "${folder}/copyright"
       "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
       "Upstream-Name: mtcp\n\nFiles: *\n${license}")
  # Reproducible where SOURCE_DATE_EPOCH is set.
  string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
  file(WRITE "${folder}/changelog.Debian"
       "mtcp (${CPACK_MTCP_VERSION}) unstable; urgency=medium\n\n"
       "  * Built from its source; changelog.gz says what is new.\n\n"
       " -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
  file(COPY_FILE "${CPACK_MTCP_SOURCE_DIR}/CHANGELOG.md" "${folder}/changelog")
  compress("${folder}/changelog")
  compress("${folder}/changelog.Debian")
  file(CHMOD_RECURSE "${folder}" FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ
       DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
                             WORLD_READ WORLD_EXECUTE)
endfunction()

foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  set(tree "${CPACK_TEMPORARY_DIRECTORY}/${component}")
  string(TOUPPER "${component}" upper)
  set(package "${CPACK_DEBIAN_${upper}_PACKAGE_NAME}")
  add_documents("${tree}/usr/share/doc/${package}")
  file(GLOB pages "${tree}/usr/share/man/man*/*")
  foreach(page IN LISTS pages)
    compress("${page}")
  endforeach()
  file(GLOB_RECURSE archives "${tree}/*.a")
  foreach(archive IN LISTS archives)
    execute_process(COMMAND strip --strip-debug --enable-deterministic-archives "${archive}"
                            COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
endforeach()
