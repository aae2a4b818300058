#include "support/wake_event.hpp"

#include <gtest/gtest.h>

#include "support/descriptors.hpp"
#include "sys/event.hpp"

namespace mtcp::test {

std::size_t descriptors_of_a_wake_event() {
  const auto before = open_descriptors().size();
  const auto event = sys::Event::create();
  EXPECT_TRUE(event);
  return open_descriptors().size() - before;
}

}  // namespace mtcp::test
