#include "figures.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>

namespace bench {
namespace {

std::string with_decimals(double number, int decimals) {
  std::array<char, 64> text = {};
  std::snprintf(text.data(), text.size(), "%.*f", decimals, number);
  return text.data();
}

void insert_commas(std::string& digits) {
  const std::size_t first = digits.starts_with('-') ? 1 : 0;
  for (std::size_t i = digits.size(); i > first + 3; i -= 3) digits.insert(i - 3, 1, ',');
}

}  // namespace

std::string format_figure(double figure) {
  if (!std::isfinite(figure)) return "-";
  if (std::abs(figure) < 10) return with_decimals(figure, 2);
  if (std::abs(figure) < 100) return with_decimals(figure, 1);
  const double place = std::pow(10, std::floor(std::log10(std::abs(figure))) - 2);
  std::string digits = with_decimals(std::round(figure / place) * place, 0);
  insert_commas(digits);
  return digits;
}

std::string format_ratio(double ratio) {
  if (!std::isfinite(ratio)) return "-";
  return with_decimals(ratio, ratio < 9.995 ? 2 : ratio < 99.95 ? 1 : 0);
}

std::string format_ratios(const Spread& ratios) {
  return format_ratio(ratios.median) + " (" + format_ratio(ratios.lower_quartile) + "-" +
         format_ratio(ratios.upper_quartile) + ")";
}

std::string format_figures(const Spread& figures, std::string_view unit) {
  return format_figure(figures.median) + " (" + format_figure(figures.lower_quartile) + "-" +
         format_figure(figures.upper_quartile) + ") " + std::string(unit);
}

}  // namespace bench
