#pragma once

#include <string>

#include "spread.hpp"

namespace bench {

/// Three digits that count, thousands with commas: "8.12", "70.3", "12,400"; "-" for no number.
std::string format_figure(double figure);
/// Two decimals, fewer when it is large: "1.03", "17.2".
std::string format_ratio(double ratio);
/// "1.03 (0.98-1.10)": median and quartiles.
std::string format_ratios(const Spread& ratios);
/// The same for figures with a unit.
std::string format_figures(const Spread& figures, std::string_view unit);

}  // namespace bench
