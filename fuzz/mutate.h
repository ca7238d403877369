// SPDX-License-Identifier: GPL-2.0-or-later
// Mutations of programs. Each has a name, which goes with the program into the report.
#pragma once

#include "fuzz/program.h"
#include "fuzz/random.h"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::fuzz {

/// What a run of the fuzzer likes and dislikes. Each run has its own (swarm testing): one that
/// never makes ICMP errors gets further with windows of TCP.
struct Swarm {
  std::array<std::uint8_t, 48> mutations{};  // weights, by index of mutations()
  std::array<std::uint8_t, 8> protocols{};   // likewise, by fuzz::Protocol
  std::uint8_t ipv6 = 0;                     // of 255 fresh packets
  std::uint8_t malformed = 0;                // of 255 fresh packets
  bool costly = false;                       // fragments, routes that nobody can take, and what
                                             // happens to ports and rules: a new box every time

  static Swarm draw(Random& random);
};

struct Mutation {
  std::string_view name;
  /// `other`: a program to cross with. False when it does not apply.
  bool (*change)(Program& program, const Program& other, const Swarm& swarm, Random& random);
};
std::span<const Mutation> mutations();

/// The names of mutations, the latest last.
using Lineage = std::vector<std::string_view>;

/// A box and a few packets.
Program generate(const Swarm& swarm, Random& random);
/// One to some mutations, whose names are added to `lineage`.
void mutate(Program& program, const Program& other, const Swarm& swarm, Random& random,
            Lineage& lineage);

/// The beginning of one program, then all of another.
void cross(Program& program, const Program& other, Random& random);

/// A fresh packet as the swarm likes it, and one that refers to one of `past` steps.
Op fresh_op(const Swarm& swarm, Random& random);
Op reference_op(Source source, std::size_t past, Random& random);
Patch random_patch(Random& random);
BoxChoice random_box(const Swarm& swarm, Random& random);

/// A packet of some length, and pieces of it in some order, now and then one that does not fit.
bool add_fragments(Program& program, const Swarm& swarm, Random& random);

/// Puts an op at `at`; references behind it still mean the same packets.
void insert(Program& program, std::size_t at, Op op);
/// Takes the op at `at` away.
void erase(Program& program, std::size_t at);

}  // namespace natstep::fuzz
