#include "harness/answer.hpp"

#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

#include "harness/command.hpp"
#include "harness/descriptors.hpp"
#include "harness/fail.hpp"

namespace bench {

namespace {

void answer(const std::string& line) {
  std::cout << line << std::endl;
}

void answer(const Cost& cost) {
  answer("seconds=" + std::to_string(cost.seconds) + " cpu=" + std::to_string(cost.cpu));
}

void answer_port(std::uint16_t port) {
  answer("port=" + std::to_string(port));
}

void answer_late(const std::vector<std::chrono::nanoseconds>& late) {
  std::string values;
  for (const std::chrono::duration<double, std::micro> each : late) {
    if (!values.empty()) values += ',';
    values += std::to_string(each.count());
  }
  answer("late_us=" + values);
}

void carry_out(const Command& command, Workloads& workloads) {
  const std::string& word = command.word();
  if (word == "hello") {
    answer("system=" + std::string(workloads.name()));
  } else if (word == "ping-pong") {
    answer(workloads.ping_pong(
        {command.number("pairs"), command.number("size"), command.number("count"), command.pin()}));
  } else if (word == "bulk") {
    answer(workloads.bulk({command.number("size"), command.number("bytes"), command.pin()}));
  } else if (word == "connect") {
    answer(workloads.connect({command.number("count"), command.pin()}));
  } else if (word == "overshoot") {
    answer_late(workloads.overshoot(
        {std::chrono::microseconds(command.number("timeout_us")), command.number("count")}));
  } else if (word == "park") {
    answer_port(workloads.park(command.number("count")));
    workloads.wait_parked();
    answer("parked");
  } else if (word == "cancel") {
    answer(workloads.cancel());
  } else if (word == "serve") {
    answer_port(workloads.serve(command.number("count")));
    workloads.wait_serving();
    answer("serving");
  } else if (word == "stop") {
    answer("cpu=" + std::to_string(workloads.stop().cpu));
  } else {
    throw std::invalid_argument("unknown command: '" + word + "'");
  }
}

}  // namespace

int answer_commands(Workloads& workloads) {
  raise_descriptor_limit();
  for (std::string line; std::getline(std::cin, line);) {
    try {
      carry_out(Command(line), workloads);
    } catch (const Unsupported&) {
      answer("unsupported");
    } catch (const std::exception& error) {
      fail(error.what());
    }
  }
  return EXIT_SUCCESS;
}

}  // namespace bench
