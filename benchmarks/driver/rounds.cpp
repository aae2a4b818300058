#include "rounds.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "failure.hpp"
#include "measure.hpp"
#include "system.hpp"

namespace bench {
namespace {

using Seconds = std::chrono::duration<double>;

/// A system in one workload.
struct Contestant {
  std::string name;
  std::optional<System> system;
  /// One for each round until it is left out.
  std::vector<Sample> samples;
  std::string left_out;
  /// The longest that an operation has taken on average in a round.
  Seconds slowest{};
};

class Contest {
 public:
  Contest(const Workload& workload, const Place& place, const Options& options)
      : workload_(workload),
        place_(place),
        options_(options),
        contestants_(options.systems.size()) {
    for (std::size_t i = 0; i < contestants_.size(); ++i) contestants_[i].name = options.systems[i];
  }

  void start_systems() {
    for (Contestant& contestant : contestants_) {
      attempt(contestant, [&] { start(contestant); });
    }
  }

  /// Finds the count of operations that takes the base about the time of a round. If it cannot, the
  /// first system that can decides.
  void calibrate() {
    if (!is_counted(workload_.task)) return;
    for (Contestant& contestant : contestants_) {
      attempt(contestant, [&] { calibrate_with(contestant); });
      if (contestant.left_out.empty()) return;
    }
  }

  void run_round(int round) {
    // The order rotates, so that no system is always the first, or always after the same pause.
    const std::size_t size = contestants_.size();
    for (std::size_t i = 0; i < size; ++i) {
      Contestant& contestant = contestants_[(i + std::size_t(round)) % size];
      attempt(contestant, [&] { contestant.samples.push_back(run_once(contestant)); });
    }
  }

  std::vector<Row> rows() const {
    std::vector<Row> rows;
    for (const Contestant& contestant : contestants_) rows.push_back(row(contestant));
    return rows;
  }

 private:
  template <class Step>
  void attempt(Contestant& contestant, Step&& step) {
    if (!contestant.left_out.empty()) return;
    try {
      step();
    } catch (const Failure& failure) {
      contestant.left_out = failure.what();
      contestant.system.reset();
    }
  }

  void start(Contestant& contestant) {
    contestant.system.emplace(options_.systems_folder, contestant.name, place_.system);
  }

  Sample run_once(Contestant& contestant) {
    // Memory that a process has kept from a former round would hide what connections take.
    if (std::holds_alternative<Serve>(workload_.task)) start(contestant);
    const long count = count_for(contestant);
    Sample sample = measure(*contestant.system, workload_.task, place_,
                            {.count = count, .time = options_.round_time()});
    if (count > 0) contestant.slowest = std::max(contestant.slowest, sample.time / double(count));
    return sample;
  }

  /// A system that turned out to be far slower than the base is asked for less.
  long count_for(const Contestant& contestant) const {
    if (contestant.slowest <= Seconds(0)) return count_;
    const auto affordable = long(4 * options_.round_time() / contestant.slowest);
    return std::clamp(affordable, std::min(10L, count_), count_);
  }

  void calibrate_with(Contestant& contestant) {
    for (count_ = 20;;) {
      const Seconds time = run_once(contestant).time;
      const double wanted = options_.round_time() / time;
      contestant.slowest = Seconds(0);  // the first operations of all are no measure
      count_ = std::min(most(), long(double(count_) * std::clamp(wanted, 0.5, 10.0)));
      if (wanted < 2 || count_ == most()) return;
    }
  }

  /// Connections leave ports behind that are in TIME_WAIT for a minute, and there are 28,000.
  long most() const {
    return std::holds_alternative<Connect>(workload_.task) ? 5'000 : 100'000'000;
  }

  Row row(const Contestant& contestant) const;
  std::vector<double> ratios(const Contestant& contestant, double Sample::* figure) const;

  const Workload& workload_;
  const Place& place_;
  const Options& options_;
  std::vector<Contestant> contestants_;
  long count_ = 0;
};

std::vector<double> figures(const Contestant& contestant, double Sample::* figure) {
  std::vector<double> figures;
  for (const Sample& sample : contestant.samples) {
    if (std::isfinite(sample.*figure)) figures.push_back(sample.*figure);
  }
  return figures;
}

/// To the base in the same round; none if the base was left out.
std::vector<double> Contest::ratios(const Contestant& contestant, double Sample::* figure) const {
  std::vector<double> ratios;
  const Contestant& base = contestants_.front();
  if (!base.left_out.empty()) return ratios;
  for (std::size_t round = 0; round < contestant.samples.size(); ++round) {
    const double ratio = contestant.samples[round].*figure / (base.samples[round].*figure);
    if (std::isfinite(ratio)) ratios.push_back(ratio);
  }
  return ratios;
}

Row Contest::row(const Contestant& contestant) const {
  Row row;
  row.group = workload_.group;
  row.workload = workload_.name;
  row.system = contestant.name;
  row.left_out = contestant.left_out;
  if (!row.left_out.empty()) return row;

  row.rounds = double(contestant.samples.size());
  row.cpu_us = median(figures(contestant, &Sample::cpu_us));
  row.memory_kib = median(figures(contestant, &Sample::memory_kib));
  std::vector<double> late;
  for (const Sample& sample : contestant.samples) {
    late.insert(late.end(), sample.late_us.begin(), sample.late_us.end());
  }
  if (late.empty()) {
    row.figure = spread(figures(contestant, &Sample::figure));
    row.ratio = spread(ratios(contestant, &Sample::figure));
    row.cpu_ratio = median(ratios(contestant, &Sample::cpu_us));
  } else {  // the base has no timeouts, so there is nothing to compare with
    row.figure = spread(late);
    row.figure_p90 = quantile(late, 0.9);
    row.early = double(std::ranges::count_if(late, [](double us) { return us < 0; }));
  }
  return row;
}

}  // namespace

std::vector<Row> run_rounds(const Workload& workload, const Place& place, const Options& options,
                            const Progress& progress) {
  const int rounds =
      workload.length == Length::Long ? std::max(options.rounds / 3, 3) : options.rounds;
  Contest contest(workload, place, options);
  progress("starting the systems");
  contest.start_systems();
  contest.calibrate();
  for (int round = 0; round < rounds; ++round) {
    progress("round " + std::to_string(round + 1) + " of " + std::to_string(rounds));
    contest.run_round(round);
  }
  return contest.rows();
}

}  // namespace bench
