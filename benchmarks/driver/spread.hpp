#pragma once

#include <vector>

namespace bench {

/// How the figures of several rounds lie; not numbers if there are none.
struct Spread {
  double median, lower_quartile, upper_quartile, least, most;
};

/// The value that `share` of the values lie below, from 0 to 1.
double quantile(std::vector<double> values, double share);
double median(const std::vector<double>& values);
Spread spread(const std::vector<double>& values);

}  // namespace bench
