#include "measure.hpp"

#include <algorithm>
#include <ctime>
#include <fstream>
#include <sstream>

#include "connections.hpp"
#include "failure.hpp"
#include "interruption.hpp"
#include "load.hpp"
#include "spread.hpp"

namespace bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr double us = 1e6;  // in a second

template <class... Parts>
std::string text(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

/// Real and processor time, in seconds, of a command that answers with both.
struct Times {
  double real;
  double cpu;
};

Times ask_times(System& system, const std::string& command) {
  const Answer answer = system.ask(command);
  const Times times = {answer.number("seconds"), answer.number("cpu")};
  if (times.real <= 0) throw Failure("took no time");
  return times;
}

std::uint16_t ask_port(System& system, const std::string& command) {
  return static_cast<std::uint16_t>(system.ask(command).number("port"));
}

/// Processor time that a process has used so far.
double cpu_seconds(pid_t pid) {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) {
    throw Failure("has ended");
  }
  return double(time.tv_sec) + double(time.tv_nsec) * 1e-9;
}

/// Memory of a process in KiB, shared pages counted by their share.
double memory_kib(pid_t pid) {
  std::ifstream rollup(text("/proc/", pid, "/smaps_rollup"));
  for (std::string word; rollup >> word;) {
    if (word != "Pss:") continue;
    double kib = 0;
    rollup >> kib;
    return kib;
  }
  throw Failure("has no memory map");
}

class Measurement {
 public:
  Measurement(System& system, const Place& place, const Amount& amount)
      : system_(system), place_(place), amount_(amount) {}

  Sample operator()(const PingPong& task) {
    const auto count = double(amount_.count);
    const auto [real, cpu] =
        ask_times(system_, text("ping-pong pairs=", task.pairs, " size=", task.size,
                                " count=", amount_.count, " pin=", place_.pin));
    return {.figure = real / count * us,
            .cpu_us = cpu / count / task.pairs * us,
            .time = Seconds(real)};
  }

  Sample operator()(const Bulk& task) {
    const long bytes = amount_.count * task.size;
    const double mib = double(bytes) / (1 << 20);
    const auto [real, cpu] =
        ask_times(system_, text("bulk size=", task.size, " bytes=", bytes, " pin=", place_.pin));
    return {.figure = mib / real, .cpu_us = cpu / mib * us, .time = Seconds(real)};
  }

  Sample operator()(const Connect&) {
    const auto count = double(amount_.count);
    const auto [real, cpu] =
        ask_times(system_, text("connect count=", amount_.count, " pin=", place_.pin));
    return {.figure = count / real, .cpu_us = cpu / count * us, .time = Seconds(real)};
  }

  Sample operator()(const Overshoot& task) {
    const auto count = std::clamp(long(amount_.time / task.timeout), 5L, 100L);
    const Answer answer =
        system_.ask(text("overshoot timeout_us=", task.timeout / 1us, " count=", count));
    Sample sample;
    sample.late_us = answer.numbers("late_us");
    if (sample.late_us.size() != std::size_t(count)) throw Failure("did not try as often as asked");
    sample.figure = median(sample.late_us);
    return sample;
  }

  /// Cancels as often as the time allows, since a single one is over in no time; the median counts.
  Sample operator()(const Park& task) {
    std::vector<double> real_us, cpu_us;
    const auto end = Clock::now() + amount_.time;
    do {
      const auto [real, cpu] = park_and_cancel(task.threads);
      real_us.push_back(real * us);
      cpu_us.push_back(cpu * us);
    } while (Clock::now() < end && real_us.size() < 20);
    return {.figure = median(real_us), .cpu_us = median(cpu_us)};
  }

  Sample operator()(const Serve& task) {
    const auto port = ask_port(system_, text("serve count=", task.connections));
    const double before_kib = memory_kib(system_.pid());
    Connections connections = connect_many(task.connections, port);
    system_.expect("serving");
    Sample sample;
    {
      Load load(connections, place_.load, task.pause);
      warm_up(load, task.connections);
      sample = measure_load(load);
      load.finish();
      if (task.pause.count() > 0) sample.figure = sample.cpu_us;
    }
    sample.memory_kib = (memory_kib(system_.pid()) - before_kib) / task.connections;
    connections.clear();
    system_.ask("stop");
    return sample;
  }

 private:
  Times park_and_cancel(int threads) {
    const auto port = ask_port(system_, text("park count=", threads));
    Connections connections = connect_many(threads, port);
    system_.expect("parked");
    const Times times = ask_times(system_, "cancel");
    reset_all(connections);
    return times;
  }

  /// Until every connection has been served twice or so.
  void warm_up(const Load& load, int connections) {
    const auto limit = Clock::now() + 15s;
    do {
      sleep_for(std::chrono::duration_cast<std::chrono::nanoseconds>(amount_.time / 4));
      if (Clock::now() > limit) throw Failure("answers too few requests");
    } while (load.answered() < 2L * connections);
  }

  Sample measure_load(const Load& load) {
    const long answered_before = load.answered();
    const double cpu_before = cpu_seconds(system_.pid());
    const auto start = Clock::now();
    // Longer if it must be: one that other programs have kept from running is no failure yet.
    while (Clock::now() < start + amount_.time || load.answered() == answered_before) {
      if (Clock::now() > start + 5s) throw Failure("answered no request");
      sleep_for(std::chrono::duration_cast<std::chrono::nanoseconds>(amount_.time));
    }
    const auto answered = double(load.answered() - answered_before);
    const double cpu = cpu_seconds(system_.pid()) - cpu_before;
    const double real = Seconds(Clock::now() - start).count();
    return {.figure = answered / real, .cpu_us = cpu / answered * us};
  }

  System& system_;
  const Place& place_;
  const Amount& amount_;
};

}  // namespace

bool is_counted(const Task& task) {
  return std::holds_alternative<PingPong>(task) || std::holds_alternative<Bulk>(task) ||
         std::holds_alternative<Connect>(task);
}

Sample measure(System& system, const Task& task, const Place& place, const Amount& amount) {
  return std::visit(Measurement(system, place, amount), task);
}

}  // namespace bench
