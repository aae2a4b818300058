# One picture for each group of workloads: the systems below each other, the median of each workload
# as a point, its quartiles as a line.
#
#   gnuplot -e "results='results.tsv'; folder='.'" plots.gnuplot

set datafile separator "\t"
set datafile missing "-"
set datafile commentschars "#"

# On pages that are light as on those that are dark: no ground, and colours halfway between.
grey = "#808890"
array colours[4] = ["#3b82f6", "#e08a00", "#22a06b", "#c050c8"]
set border 3 linecolor rgb grey
set tics textcolor rgb grey nomirror scale 0.5
set ytics scale 0
set xlabel textcolor rgb grey
set title textcolor rgb grey
set key textcolor rgb grey outside top center horizontal samplen 1 reverse Left
set grid xtics linecolor rgb grey linewidth 0.4 dashtype 3
set bars 0.4

# The distinct values of a column in those rows of a group that have a figure, each in quotes.
distinct(group, column, figure) = system(sprintf("awk -F'\\t' '$1 == \"%s\" && $%d != \"-\" && !seen[$%d]++ \
  { printf \"\\\"%%s\\\" \", $%d }' '%s'", group, figure, column, column, results))
has_ratios(group) = system(sprintf("awk -F'\\t' '$1 == \"%s\" && $5 != \"-\"' '%s' | wc -l", \
  group, results)) + 0
position(list, item) = sum [i = 1:words(list)] (word(list, i) eq item ? i : 0)

groups = "W1 W1b W1m W1h W2 W3 W4 W5 W6 W7"
array titles[10] = ["Ping-pong of 64 bytes: time of a round trip", \
  "Ping-pong of 16 KiB: time of a round trip", \
  "Ping-pong of 64 bytes, several pairs: time of a round trip", \
  "Ping-pong of 64 bytes, every processor busy: time of a round trip", \
  "Bulk transfer: throughput", "Connect and close: connections a second", \
  "Cancel: time until the last read has returned", "How late a timeout is", \
  "Serve N connections: requests a second", \
  "Serve N mostly idle connections: processor time a request"]
better(group) = strstrt("W2 W3 W6", group) ? "higher is better" : "lower is better"

do for [number = 1:words(groups)] {
  group = word(groups, number)
  # Columns: the ratio's median and quartiles, or where there is none the figure's.
  first = has_ratios(group) ? 5 : 11
  systems = distinct(group, 3, first)
  workloads = distinct(group, 2, first)
  if (words(systems) == 0) { continue }

  set terminal svg size 820, 130 + 30 * words(systems) dynamic font "sans-serif,13"
  set output folder . "/" . group . ".svg"
  set title titles[number] . ", " . better(group) noenhanced
  set yrange [words(systems) + 0.6 : 0.4]
  set ytics ()
  do for [i = 1:words(systems)] { set ytics add (word(systems, i) i) }
  set logscale x
  set xrange [* : *]
  unset arrow
  if (first == 5) {
    set xlabel "ratio to raw sockets in the same round: median and quartiles"
    set xtics (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)
    set arrow from 1, graph 0 to 1, graph 1 nohead linecolor rgb grey linewidth 1.2
  } else {
    set xlabel "microseconds later than asked: median and quartiles"
    set xtics (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
  }
  offset(i) = (i - (words(workloads) + 1) / 2.0) * 0.17
  is_mine(i) = strcol(1) eq group && strcol(2) eq word(workloads, i)
  plot for [i = 1:words(workloads)] results \
    using (is_mine(i) ? column(first) : NaN) \
    :(is_mine(i) ? position(systems, strcol(3)) + offset(i) : NaN) \
    :(is_mine(i) ? column(first + 1) : NaN):(is_mine(i) ? column(first + 2) : NaN) \
    with xerrorbars linecolor rgb colours[(i - 1) % 4 + 1] linewidth 1.6 pointtype 7 pointsize 0.55 \
    title word(workloads, i) noenhanced
  unset output
}
