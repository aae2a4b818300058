#include <algorithm>

#include "conformance/broken/broken_streams.hpp"
#include "conformance/kinds/tcp_conversation.hpp"

namespace mtcp::test {

namespace {

template <Stream S>
StreamKind kind(std::string_view name) {
  auto lacks = beyond_the_concept();
  if (!std::is_move_constructible_v<S>) lacks.push_back({Extra::Move, "it need not be moved"});
  return {name, make_conversation<S>, lacks};
}

StreamKind peeking() {
  auto peeking = kind<broken::TakesWhatItPeeks>("TakesWhatItPeeks");
  std::erase_if(peeking.lacks, [](const Lack& lack) { return lack.extra == Extra::Peek; });
  return peeking;
}

}  // namespace

/// Each is to be caught by the test that CMakeLists.txt names.
std::vector<StreamKind> stream_kinds() {
  using namespace broken;
  return {
      kind<LosesAByteAfterATimeout>("LosesAByteAfterATimeout"),
      kind<MiscountsATimedOutWrite>("MiscountsATimedOutWrite"),
      kind<ForgetsWhatACancelledWriteSent>("ForgetsWhatACancelledWriteSent"),
      kind<TellsAResetAsTheEnd>("TellsAResetAsTheEnd"),
      kind<DropsWhatCameBeforeAReset>("DropsWhatCameBeforeAReset"),
      kind<RestartsItsDeadline>("RestartsItsDeadline"),
      kind<TakesADeadlineForADuration>("TakesADeadlineForADuration"),
      kind<TakesIdleForATotal>("TakesIdleForATotal"),
      kind<TruncatesHugeTimeouts>("TruncatesHugeTimeouts"),
      kind<EndsEarly>("EndsEarly"),
      kind<PrefersADeadlineToData>("PrefersADeadlineToData"),
      kind<PrefersDataToACancel>("PrefersDataToACancel"),
      kind<IgnoresACancelForEmptyBuffers>("IgnoresACancelForEmptyBuffers"),
      kind<WaitsForAnEmptyBuffer>("WaitsForAnEmptyBuffer"),
      kind<DiesOfACancel>("DiesOfACancel"),
      kind<DoesNotWakeItsWriter>("DoesNotWakeItsWriter"),
      kind<CancelsTheFarewell>("CancelsTheFarewell"),
      kind<ForgetsItsEnd>("ForgetsItsEnd"),
      kind<ShutsBothHalves>("ShutsBothHalves"),
      kind<HasOneLockForAll>("HasOneLockForAll"),
      kind<LosesAByteBetweenTwoReaders>("LosesAByteBetweenTwoReaders"),
      kind<ShowsInterruptions>("ShowsInterruptions"),
      kind<RaisesSigpipe>("RaisesSigpipe"),
      kind<Allocates>("Allocates"),
      kind<LeaksADescriptor>("LeaksADescriptor"),
      kind<Spins>("Spins"),
      kind<SaysNothing>("SaysNothing"),
      kind<StaysWhenMovedFrom>("StaysWhenMovedFrom"),
      kind<SaysFarewellInTheChild>("SaysFarewellInTheChild"),
      peeking(),
      {"HidesWhatItLacks", make_conversation<Forwarding>},
  };
}

}  // namespace mtcp::test
