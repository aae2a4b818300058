// The benchmark driver: runs the systems under test against each other, and reports.
#include <exception>
#include <iostream>
#include <stdexcept>

#include "interruption.hpp"
#include "options.hpp"
#include "report.hpp"
#include "run.hpp"

int main(int argc, char** argv) try {
  const auto options = bench::parse_options({argv + 1, argv + argc});
  switch (options.action) {
    case bench::Action::Run:
      bench::run(options);
      break;
    case bench::Action::ReportAsText:
      bench::report_as_text(bench::read_results(options.results), std::cout);
      break;
    case bench::Action::ReportAsMarkdown:
      bench::report_as_markdown(bench::read_results(options.results), std::cout);
      break;
  }
  return 0;
} catch (const std::invalid_argument& error) {
  std::cerr << error.what() << "\n\n" << bench::usage;
  return 2;
} catch (const bench::Interrupted&) {
  std::cerr << "\ninterrupted\n";
  return 130;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
