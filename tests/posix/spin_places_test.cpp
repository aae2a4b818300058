#include "spin_places.hpp"

#include <gtest/gtest.h>

#include "support/posix/child_process.hpp"

namespace mtcp::test {
namespace {

TEST(SpinPlaces, AreFreeInAChildWhoseParentSpins) {
  unsigned taken = 0;
  while (detail::spin_places::take({})) ++taken;
  expect_success_in_child([&] {
    for (unsigned i = 0; i < taken; ++i)
      if (!detail::spin_places::take({})) return 1;
    return detail::spin_places::take({}) ? 2 : 0;
  });
  while (taken-- > 0) detail::spin_places::leave();
}

}  // namespace
}  // namespace mtcp::test
