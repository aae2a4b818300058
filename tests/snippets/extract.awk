# Turns the ```cpp blocks of a Markdown file, or of a header's /// comments, into C++ sources:
#
#   awk -v id=NUMBER -v out=DIR/NAME -f extract.awk FILE
#
# - A block with `int main(` is a program: DIR/NAME-LINE.cpp holds it as it is.
# - All other blocks of the file go into DIR/NAME.inc, behind prelude.hpp: as they are when their
#   first line of code begins with static, struct, class, template or namespace, otherwise each
#   inside a function of its own, whose name has the id. Their #include lines go to the top.
#
# Compilers report errors at the line of FILE. Blocks in another language, and other libraries'
# code, have another tag (```rust, ```c, ```c++). Prints how many blocks it found; fails if there is
# none, or one that is not closed, is indented, or has a tag that begins with cpp and goes on.

function fail(line, text) {
  printf "%s:%d: %s\n", FILENAME, line, text > "/dev/stderr"
  failed = 1
  exit 1
}

function mark(line) { return "#line " line " \"" FILENAME "\"\n" }

# The block with its #include lines blanked, which go to the top of the file instead.
function without_includes(block,    lines, count, i, rest) {
  count = split(block, lines, "\n")
  for (i = 1; i < count; ++i) {
    if (lines[i] ~ /^#include /) {
      includes = includes lines[i] "\n"
      lines[i] = ""
    }
    rest = rest lines[i] "\n"
  }
  return rest
}

function in_function(block,    signature) {
  signature = "void snippet_" id "_" start "([[maybe_unused]] mtcp::TcpManager& manager, " \
              "[[maybe_unused]] mtcp::TcpListener& listener, " \
              "[[maybe_unused]] mtcp::TcpConnection& connection, " \
              "[[maybe_unused]] mtcp::TcpStream& stream)"
  return signature " { {\n" mark(start + 1) block "} }\n"
}

function finish_block() {
  ++blocks
  if (is_program) {
    program = out "-" start ".cpp"
    printf "%s%s", mark(start + 1), text > program
    close(program)
    return
  }
  text = without_includes(text)
  fragments = fragments (is_definition ? mark(start + 1) text : in_function(text))
}

FILENAME ~ /\.hpp$/ && !sub(/^ *\/\/\/ ?/, "") {
  if (inside) fail(start, "this block is not closed")
  next
}

!inside && /^ *```/ {
  tag = $0
  sub(/^ *```/, "", tag)
  if (tag ~ /^cpp/ && $0 != "```cpp") fail(FNR, "write exactly ```cpp, at the start of the line")
  inside = 1
  is_wanted = tag == "cpp"
  start = FNR
  text = ""
  is_program = is_definition = seen_code = 0
  next
}

inside && /^ *```/ {
  inside = 0
  if (is_wanted) finish_block()
  next
}

inside && is_wanted {
  if (/^int main\(/) is_program = 1
  if (!seen_code && !/^ *(\/\/|#|$)/) {
    seen_code = 1
    is_definition = /^(static|struct|class|template|namespace)[ <]/
  }
  text = text $0 "\n"
}

END {
  if (failed) exit 1
  if (inside) fail(start, "this block is not closed")
  if (!blocks) fail(FNR, "there is no ```cpp block")
  if (fragments != "") {
    printf "%s#include \"prelude.hpp\"\n%s", includes, fragments > (out ".inc")
    close(out ".inc")
  }
  print blocks
}
