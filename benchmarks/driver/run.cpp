#include "run.hpp"

#include <algorithm>
#include <iostream>
#include <sys/resource.h>
#include <unistd.h>

#include "busy.hpp"
#include "interruption.hpp"
#include "kernel_counters.hpp"
#include "machine.hpp"
#include "rounds.hpp"

namespace bench {
namespace {

/// 10,000 connections need as many descriptors, and some systems one more for each thread. Only
/// root may raise the hard limit; others take what it allows.
void raise_descriptor_limit() {
  constexpr rlim_t wanted = 1 << 16;
  rlimit limit = {};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit more = {.rlim_cur = wanted, .rlim_max = std::max(limit.rlim_max, wanted)};
  if (::setrlimit(RLIMIT_NOFILE, &more) == 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::vector<Workload> choose_workloads(const Options& options) {
  auto workloads = all_workloads();
  std::erase_if(workloads, [&](const Workload& workload) {
    const bool is_too_long = options.extent == Extent::Quick && workload.extent == Extent::Full;
    const bool is_wanted = options.only.empty() ||
                           std::ranges::find(options.only, workload.group) != options.only.end();
    return is_too_long || !is_wanted;
  });
  return workloads;
}

/// In a terminal one line that changes; elsewhere a line for each workload.
class ProgressLine {
 public:
  void start(const std::string& workload) {
    workload_ = workload;
    if (!is_terminal_) std::cerr << workload << '\n';
  }
  void show(const std::string& text) const {
    if (is_terminal_) std::cerr << "\r\033[K" << workload_ << ": " << text << std::flush;
  }
  void end() const {
    if (is_terminal_) std::cerr << "\r\033[K" << std::flush;
  }

 private:
  const bool is_terminal_ = ::isatty(STDERR_FILENO) == 1;
  std::string workload_;
};

class Run {
 public:
  explicit Run(const Options& options) : options_(options), file_(options.results) {
    for (const auto& [name, text] : describe_machine()) file_.write_about(name, text);
    for (const auto& [name, text] : options.about) file_.write_about(name, text);
    file_.write_about("rounds", std::to_string(options.rounds));
    file_.write_header();
  }

  void run_all() {
    const auto workloads = choose_workloads(options_);
    for (std::size_t i = 0; i < workloads.size(); ++i) {
      const std::string name = workloads[i].group + ' ' + workloads[i].name;
      line_.start('[' + std::to_string(i + 1) + '/' + std::to_string(workloads.size()) + "] " +
                  name);
      run_one(workloads[i], name);
    }
    line_.end();
  }

 private:
  void run_one(const Workload& workload, const std::string& name) {
    const auto place = find_place(workload.placement, processors_);
    if (!place) {
      file_.write_about("note", name + " was skipped: it needs two processors");
      return;
    }
    const KernelCounters counters;
    std::optional<BusyProcessors> busy;
    if (workload.background == Background::BusyProcessors) busy.emplace(processors_);
    const auto progress = [&](const std::string& text) { line_.show(text); };
    for (const Row& row : run_rounds(workload, *place, options_, progress)) file_.write(row);
    const std::string growth = counters.growth();
    if (!growth.empty())
      file_.write_about("note", name + ": the kernel counted meanwhile " + growth);
  }

  const Options& options_;
  const Processors processors_ = allowed_processors();
  ResultsFile file_;
  ProgressLine line_;
};

}  // namespace

void run(const Options& options) {
  catch_interruptions();
  raise_descriptor_limit();
  Run(options).run_all();
}

}  // namespace bench
