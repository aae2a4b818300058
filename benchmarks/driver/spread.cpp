#include "spread.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace bench {

double quantile(std::vector<double> values, double share) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::ranges::sort(values);
  const double position = share * double(values.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const auto above = std::min(below + 1, values.size() - 1);
  return std::lerp(values[below], values[above], position - double(below));
}

double median(const std::vector<double>& values) {
  return quantile(values, 0.5);
}

Spread spread(const std::vector<double>& values) {
  return {.median = median(values),
          .lower_quartile = quantile(values, 0.25),
          .upper_quartile = quantile(values, 0.75),
          .least = quantile(values, 0),
          .most = quantile(values, 1)};
}

}  // namespace bench
