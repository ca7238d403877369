// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/model_player.h"

#include "fuzz/mutate.h"

#include <gtest/gtest.h>

namespace natstep::fuzz::testing {
namespace {

harness::LockstepOptions options(std::optional<model::Clause> broken = {}) {
  harness::LockstepOptions options;
  options.broken = broken;
  return options;
}

// Behind masquerade: a question and its answer.
const Program conversation{.box = {.source = 1},
                           .ops = {{.source = Source::fresh, .dst = 1, .dst_port = 1, .content = 1},
                                   {.source = Source::reply, .frame = 1, .content = 2}}};

TEST(ModelPlayer, KeepsTheLaws) {
  ModelPlayer player(options());
  const ModelRun& run = player.play(conversation);
  EXPECT_EQ(run.broken_law, "");
  EXPECT_FALSE(run.features.numbers().empty());
}

TEST(ModelPlayer, ABrokenClauseBreaksALaw) {
  ModelPlayer player(options(model::find_clause("l4_checksum_follows_address")));
  EXPECT_NE(player.play(conversation).broken_law.find("leaves bad"), std::string::npos)
      << player.play(conversation).broken_law;
}

TEST(ModelPlayer, SurvivesWhateverIsMade) {
  Random random(3);
  ModelPlayer player(options());
  for (int i = 0; i < 500; ++i) {
    const Swarm swarm = Swarm::draw(random);
    EXPECT_EQ(player.play(generate(swarm, random)).broken_law, "") << "number " << i;
  }
}

}  // namespace
}  // namespace natstep::fuzz::testing
