# Says in one sentence what is missing, instead of pages of template errors: mtcp's errors are
# std::expected values, which not every compiler that accepts C++23 can compile.

include(CheckCXXSourceCompiles)

function(mtcp_compiler_too_old)
  message(
    FATAL_ERROR
      "mtcp needs C++23 with std::expected: g++ 12 or newer, or clang 19 or newer with libstdc++ 12"
      " or newer. This is ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}"
      " (${CMAKE_CXX_COMPILER}). Choose another with -DCMAKE_CXX_COMPILER=...")
endfunction()

# Compiles, and then values are taken for errors: where the mark that tells one from the other lies
# in the padding at the end of the value, making the value writes over it.
function(mtcp_check_expected_is_sound)
  check_cxx_source_compiles(
    "#include <expected>
    #if defined(_LIBCPP_VERSION) && _LIBCPP_VERSION / 10000 == 17 && !defined(MTCP_EXPECTED_IS_MENDED)
    #error broken
    #endif
    int main() {}"
    MTCP_EXPECTED_IS_SOUND)
  if(NOT MTCP_EXPECTED_IS_SOUND)
    unset(MTCP_EXPECTED_IS_SOUND CACHE)
    message(FATAL_ERROR "The std::expected of libc++ 17 loses values. Take libc++ 18 or newer.")
  endif()
endfunction()

function(mtcp_check_compiler)
  if(NOT cxx_std_23 IN_LIST CMAKE_CXX_COMPILE_FEATURES)
    mtcp_compiler_too_old()
  endif()
  set(CMAKE_CXX_STANDARD 23)
  set(CMAKE_CXX_STANDARD_REQUIRED ON)
  # A move-only value is the case on which some compilers fail although they know the header.
  check_cxx_source_compiles(
    "#include <expected>
    #include <memory>
    using Owner = std::expected<std::unique_ptr<int>, int>;
    static Owner make() { return std::make_unique<int>(0); }
    int main() { Owner owner = make(); return owner ? **owner : owner.error(); }"
    MTCP_COMPILER_HAS_EXPECTED)
  if(NOT MTCP_COMPILER_HAS_EXPECTED)
    # Not cached, so that a configure with other flags asks anew.
    unset(MTCP_COMPILER_HAS_EXPECTED CACHE)
    mtcp_compiler_too_old()
  endif()
  mtcp_check_expected_is_sound()
endfunction()

mtcp_check_compiler()
