# A user who has turned on everything, and whose build includes the headers of mtcp as their own
# (not as system headers, whose warnings compilers keep quiet).
set(CMAKE_NO_SYSTEM_FROM_IMPORTED ON)
add_compile_options(
  -Wall -Wextra -Wpedantic -Wcast-align -Wcast-qual -Wconversion -Wdouble-promotion -Wextra-semi
  -Wformat=2 -Wmissing-declarations -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
  -Wredundant-decls -Wshadow -Wsign-conversion -Wundef -Wunused -Werror)
