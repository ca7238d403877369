// SPDX-License-Identifier: GPL-2.0-or-later
// Packets that wait for user space.
#include "model/held.h"

#include "model/clause_names.h"
#include "model/event.h"
#include "tests/model/nat_support.h"

namespace natstep::model::test {
namespace {

using enum Hook;

struct HeldTest : BoxTest {
  HeldTest() {
    packet = udp({"10.0.1.2", 4000}, {"198.51.100.9", 53});
    chain(ChainType::filter, forward, priority::filter,
          {rule({VerdictStatement{
              .kind = VerdictStatement::Kind::queue, .target = {}, .queue = 7}})});
  }

  void release(ReleaseVerdict verdict, std::uint16_t queue = 7) {
    happen(state, PacketReleased{.queue = queue, .verdict = verdict, .bytes = {}}, 0, chooser, out);
  }

  wire::Bytes packet;
};

TEST_F(HeldTest, APacketWaitsUntilItIsReleased) {
  inject(lan, packet);
  EXPECT_EQ(out.fate, Fate::queued);
  EXPECT_TRUE(out.frames.empty());
  release(ReleaseVerdict::accept);
  EXPECT_EQ(out.fate, Fate::forwarded);
  ASSERT_EQ(out.frames.size(), 1U);
  EXPECT_TRUE(state.held.empty());
}

TEST_F(HeldTest, AnotherQueueIsNotIts) {
  inject(lan, packet);
  release(ReleaseVerdict::accept, 8);
  EXPECT_TRUE(out.frames.empty());
  EXPECT_EQ(state.held.size(), 1U);
}

TEST_F(HeldTest, ADroppedPacketIsGone) {
  inject(lan, packet);
  release(ReleaseVerdict::drop);
  EXPECT_TRUE(out.frames.empty());
  release(ReleaseVerdict::accept);
  EXPECT_TRUE(out.frames.empty());
}

TEST_F(HeldTest, AHookThatGoesTakesAllThatWait) {
  inject(lan, packet);
  happen(state, RulesChanged{.rules = {}}, 0, chooser, out);
  EXPECT_TRUE(reached(Clause::hook_that_goes_empties_the_queues));
  EXPECT_TRUE(state.held.empty());
}

TEST_F(HeldTest, RulesWithTheSameChainsLeaveItWaiting) {
  inject(lan, packet);
  happen(state, RulesChanged{.rules = state.rules}, 0, chooser, out);
  EXPECT_EQ(state.held.size(), 1U);
}

}  // namespace
}  // namespace natstep::model::test
