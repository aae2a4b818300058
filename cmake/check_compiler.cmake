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
endfunction()

mtcp_check_compiler()
