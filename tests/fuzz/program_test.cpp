// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/program.h"

#include "fuzz/mutate.h"

#include <gtest/gtest.h>

namespace natstep::fuzz::testing {
namespace {

Program example() {
  return {.box = {.topology = 1, .source = 2, .helper = 3},
          .ops = {{.source = Source::fresh, .protocol = 1, .dst = 1, .src_port = 4},
                  {.source = Source::error,
                   .frame = 1,
                   .kind = 2,
                   .patches = {{.field = Patch::Field::bit,
                                .when = Patch::When::after_checksums,
                                .layer = Patch::Layer::quoted,
                                .value = 0x1234}}},
                  {.source = Source::literal, .where = 2, .literal = {0x45, 0, 1, 2}},
                  {.source = Source::event, .subject = 1, .kind = 4, .content = 2},
                  {.source = Source::again, .offload = 3}}};
}

TEST(Program, ReadsBackWhatItWrites) {
  EXPECT_EQ(decode(encode(example())), example());
}

TEST(Program, KeepsABoxInItsOwnWords) {
  Program program = example();
  program.box = {.text = "topology router\n"};
  EXPECT_EQ(decode(encode(program)), program);
}

TEST(Program, EveryProgramThatIsMadeReadsBack) {
  Random random(7);
  for (int i = 0; i < 2000; ++i) {
    const Swarm swarm = Swarm::draw(random);
    Program program = generate(swarm, random);
    Lineage lineage;
    mutate(program, example(), swarm, random, lineage);
    ASSERT_EQ(decode(encode(program)), program) << "number " << i;
  }
}

/// As the first version wrote it: six indexes of the box, and eleven of a packet.
TEST(Program, ReadsWhatTheFirstVersionWrote) {
  const wire::Bytes first{1, 1, 2, 0, 0, 3, 0,                 // a box
                          0, 0, 0, 0, 1, 0, 1, 4, 0, 0, 0, 0,  // a fresh packet
                          0,                                   // without patches
                          7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  // seven sources began anew here
                          0};
  const Program meant{.box = {.topology = 1, .source = 2, .helper = 3},
                      .ops = {{.source = Source::fresh, .protocol = 1, .dst = 1, .src_port = 4},
                              {.source = Source::fresh}}};
  EXPECT_EQ(decode(first), meant);
  EXPECT_EQ(encode(meant).front(), program_version);
}

TEST(Program, AnyBytesAreAProgram) {
  Random random(11);
  for (int i = 0; i < 2000; ++i) {
    wire::Bytes bytes(random.below(300));
    for (auto& byte : bytes)
      byte = static_cast<std::uint8_t>(random.next());
    const Program program = decode(bytes);
    EXPECT_LE(program.ops.size(), most_ops);
    ASSERT_EQ(decode(encode(program)), program) << "number " << i;
  }
}

TEST(Program, NothingIsAProgramWithoutPackets) {
  EXPECT_EQ(decode({}), Program{});
}

TEST(Program, WhatIsMissingReadsAsZero) {
  const wire::Bytes whole = encode(example());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Program program = decode(wire::ByteView(whole).first(size));
    EXPECT_LE(program.ops.size(), example().ops.size());
  }
}

}  // namespace
}  // namespace natstep::fuzz::testing
