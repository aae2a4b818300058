# The public functions that the library has to export, as the XML of doxygen knows them: those that
# headers declare and do not define. Names alone, without parameters.
#
#   awk -f packaging/abi/public_functions.awk build/docs/xml/*.xml

function text(line) {
  gsub(/^ *<[a-z]*>|<\/.*/, "", line)
  gsub(/&lt; /, "<", line)
  gsub(/ &gt;/, ">", line)
  gsub(/&lt;/, "<", line)
  return line
}

/<compoundname>/ { class = text($0) }
/<memberdef / {
  is_wanted = /kind="function"/ && /prot="public"/ && !/inline="yes"/
  is_template = 0
  name = ""
}
/<templateparamlist>/ { is_template = 1 }
/<argsstring>/ && /=default|=delete/ { is_wanted = 0 }
/^        <name>/ && is_wanted && !is_template {
  name = class "::" text($0)
  sub(/\(\)$/, "", name)
}
/^        <location / && name != "" { print name }
