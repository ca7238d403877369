// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/mutate.h"

#include "fuzz/box_parts.h"
#include "harness/scenario/scenario_text.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace natstep::fuzz::testing {
namespace {

/// Likes everything.
Swarm open_minded() {
  Swarm swarm;
  swarm.mutations.fill(1);
  swarm.protocols.fill(1);
  swarm.ipv6 = swarm.malformed = 100;
  swarm.costly = true;
  return swarm;
}

TEST(Mutate, EveryMutationHasANameOfItsOwnAndChangesSomething) {
  std::set<std::string_view> names;
  for (const Mutation& mutation : mutations()) {
    EXPECT_TRUE(names.insert(mutation.name).second) << mutation.name;
    Random random(1);
    bool changed = false;
    for (int i = 0; i < 200 && !changed; ++i) {
      const Program before = generate(open_minded(), random);
      const Program other = generate(open_minded(), random);
      Program program = before;
      program.ops.front().patches.push_back(random_patch(random));
      const Program patched = program;
      changed = mutation.change(program, other, open_minded(), random) && program != patched;
      EXPECT_LE(program.ops.size(), most_ops) << mutation.name;
    }
    EXPECT_TRUE(changed) << mutation.name;
  }
}

TEST(Mutate, TheSameSeedMakesTheSamePrograms) {
  const auto made_by = [](std::uint64_t seed) {
    Random random(seed);
    const Swarm swarm = Swarm::draw(random);
    Program program = generate(swarm, random);
    Lineage lineage;
    for (int i = 0; i < 50; ++i)
      mutate(program, program, swarm, random, lineage);
    return std::pair(encode(program), lineage);
  };
  EXPECT_EQ(made_by(5), made_by(5));
  EXPECT_NE(made_by(5), made_by(6));
}

TEST(Mutate, APacketThatIsPutInBetweenLeavesReferencesAlone) {
  Program program{
      .ops = {{.source = Source::fresh, .kind = 1}, {.source = Source::reply, .subject = 0}}};
  insert(program, 0, {.source = Source::fresh, .kind = 9});
  EXPECT_EQ(program.ops[2].subject, 1);
}

TEST(BoxParts, EveryPartIsTextThatParses) {
  const BoxPartCounts counts = box_part_counts();
  const auto parses = [](const BoxChoice& box) {
    const std::string text = box_text(box) + "\nsend udp 203.0.113.1:1 > 198.51.100.9:1\n";
    const auto scenario = harness::parse_scenario(text, "box");
    EXPECT_TRUE(scenario) << to_string(scenario.error());
  };
  for (std::uint8_t i = 0; i < counts.topologies; ++i)
    parses({.topology = i, .source = i, .destination = i, .filter = i, .helper = i, .settings = i});
  const std::size_t most = std::max({counts.settings, counts.sources, counts.destinations,
                                     counts.filters, counts.helpers, counts.blocks});
  for (std::uint8_t i = 0; i < most; ++i)
    parses({.topology = 1,
            .source = i,
            .destination = i,
            .filter = i,
            .helper = i,
            .settings = i,
            .block = i});
}

TEST(BoxParts, WhatIsMadeCheapNeedsNoNewBoxes) {
  Swarm swarm = open_minded();
  Random random(3);
  int dear = 0;
  for (int i = 0; i < 300; ++i) {
    BoxChoice box = random_box(swarm, random);
    dear += needs_new_boxes(box) ? 1 : 0;
    make_cheap(box);
    EXPECT_FALSE(needs_new_boxes(box)) << box_text(box);
  }
  EXPECT_GT(dear, 0);
  swarm.costly = false;
  for (int i = 0; i < 300; ++i)
    EXPECT_FALSE(needs_new_boxes(random_box(swarm, random)));
}

TEST(BoxParts, ABoxIsReducedToItsParts) {
  const BoxPartCounts counts = box_part_counts();
  const BoxChoice large{.topology = static_cast<std::uint8_t>(counts.topologies + 1)};
  EXPECT_EQ(reduced(large).topology, 1);
  EXPECT_EQ(box_text(large), box_text(reduced(large)));
}

}  // namespace
}  // namespace natstep::fuzz::testing
