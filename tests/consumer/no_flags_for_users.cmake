# Linking mtcp changes neither the user's warnings nor any other flag of theirs.
function(check_no_flags_for_users target)
  foreach(flags INTERFACE_COMPILE_OPTIONS INTERFACE_COMPILE_DEFINITIONS INTERFACE_LINK_OPTIONS)
    get_target_property(options ${target} ${flags})
    if(options)
      message(FATAL_ERROR "${flags} of ${target}: ${options}")
    endif()
  endforeach()
endfunction()
