# Makes a page of the site from a Markdown file of the repository: doxygen is told the names that
# headings have in links, and where the links between the files lead there.
#
#   awk -f docs/site/page.awk docs/guide.md

# The name of the page that is made from a file of the repository; empty if there is none.
function label_of(path) {
  if (path == "README.md") return "index"
  if (path == "LICENSE") return "license"
  if (path == "programs/mtcp-proxy") return "mtcp-proxy"
  if (sub(/\/README\.md$/, "", path)) {
    gsub(/\//, "-", path)
    return path
  }
  if (!sub(/\.md$/, "", path)) return ""
  sub(/^.*\//, "", path)
  return tolower(path)
}

# A path as it is from the root of the repository.
function from_root(path) {
  path = folder path
  while (sub(/[^\/]+\/\.\.\//, "", path)) continue
  return path
}

# The name of a heading in a link: lower case, hyphens for spaces, no punctuation; a number if the
# page has it already.
function anchor_of(heading) {
  heading = tolower(heading)
  gsub(/[^a-z0-9 _-]/, "", heading)
  gsub(/ /, "-", heading)
  return heading (used[heading]++ ? "-" (used[heading] - 1) : "")
}

# The link's target on the site.
function target_of(target, hash, path) {
  if (target ~ /^[a-z]+:/ || target ~ /\.svg$/) return target
  if (target == "examples") return "examples.html"
  hash = index(target, "#")
  path = hash ? substr(target, 1, hash - 1) : target
  path = path == "" ? page : label_of(from_root(path))
  if (path == "") return target
  return "@ref " path (hash ? "-" substr(target, hash + 1) : "")
}

function with_links(text, out, rest) {
  out = ""
  while (match(text, /\]\([^() ]+\)/)) {
    rest = substr(text, RSTART + RLENGTH)
    out = out substr(text, 1, RSTART + 1) target_of(substr(text, RSTART + 2, RLENGTH - 3)) ")"
    text = rest
  }
  return out text
}

FNR == 1 {
  path = FILENAME
  if (index(path, ENVIRON["PWD"] "/") == 1) path = substr(path, length(ENVIRON["PWD"]) + 2)
  page = label_of(path)
  folder = path
  if (!sub(/[^\/]*$/, "", folder)) folder = ""
}
/^```/ {
  is_code = !is_code
  # Doxygen colours C++; anything else it would take for that.
  if (is_code) $0 = $0 ~ /^```(cpp|c\+\+)/ ? "```{.cpp}" : "```{.unparsed}"
  print
  next
}
is_code || /^    / { print; next }
/^# / && !has_title {
  has_title = 1
  print $0 " {#" (page == "index" ? "mainpage" : page) "}"
  next
}
/^##+ / {
  heading = $0
  sub(/^#+ /, "", heading)
  anchor = page "-" anchor_of(heading)
  # What is a section of the main page would stand in the sidebar beside the other pages.
  if (page == "index") print "<h2>\\anchor " anchor " " with_links(heading) "</h2>\n"
  else print with_links($0) " {#" anchor "}"
  next
}
{ print with_links($0) }
