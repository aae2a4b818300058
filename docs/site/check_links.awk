# Whether every link within a site leads somewhere: the file exists, and so does the place in it.
# Links to other sites are not followed. Says what is broken, and ends with 1 then, or if there are
# fewer links than `least`: a site without links is one that has not been looked at.
#
#   awk -v least=100 -f check_links.awk FILES PAGE...    in the site's folder; FILES names all files

# The path that `link` in a file of `folder` leads to.
function resolved(folder, link) {
  link = folder link
  sub(/^\.\//, "", link)
  while (match(link, /(^|\/)\.\.\//)) {
    if (!sub(/[^\/]+\/\.\.\//, "", link)) break
  }
  return link
}

# Notes a link for the end, when all places are known.
function note(link, path, place) {
  gsub(/&amp;/, "\\&", link)
  gsub(/%3A/, ":", link)
  if (link == "" || link ~ /^([a-z]+:|\/\/|#$)/ || link ~ /[$+]/) return
  place = ""
  path = link
  if (match(link, /#/)) {
    path = substr(link, 1, RSTART - 1)
    place = substr(link, RSTART + 1)
  }
  sub(/\?.*/, "", path)
  path = path == "" ? file : resolved(folder, path)
  from[path "#" place] = file
}

# All that stands between `before`, a pattern that ends with a quote, and the next such quote.
function each(line, before, kind, value, quote) {
  while (match(line, before)) {
    quote = substr(line, RSTART + RLENGTH - 1, 1)
    line = substr(line, RSTART + RLENGTH)
    if (!index(line, quote)) return
    value = substr(line, 1, index(line, quote) - 1)
    if (kind == "place") place_of[file "#" value] = 1
    else if (kind == "link" || value ~ /^[^ <>]*\.html(#[^ ]*)?$/) note(value)
    line = substr(line, length(value) + 2)
  }
}

FILENAME == ARGV[1] { exists[$0] = 1; next }

FNR == 1 {
  file = FILENAME
  folder = file
  if (!sub(/[^\/]*$/, "", folder)) folder = ""
}

file ~ /\.html$/ {
  each($0, "[ \"](id|name)=[\"']", "place")
  each($0, "[ \"](href|src|data)=[\"']", "link")
}

# The sidebar and what the search finds; not the code of either, nor the list of what to unfold.
file ~ /\.js$/ && file !~ /(search|navtree|navtreeindex[0-9]+|jquery|toggle)\.js$/ {
  each($0, "[\"']", "page")
}

END {
  for (link in from) {
    ++links
    path = link
    sub(/#.*/, "", path)
    if (!(path in exists)) broken[from[link] ": no file " path]
    else if (link !~ /#$/ && path ~ /\.html$/ && !(link in place_of))
      broken[from[link] ": no place " link]
  }
  for (line in broken) {
    print line | "sort"
    ++failures
  }
  close("sort")
  if (links < least) {
    print "only " links + 0 " links were found"
    ++failures
  }
  exit failures > 0
}
