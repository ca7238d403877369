// SPDX-License-Identifier: GPL-2.0-or-later
// Programs, packets and patches out of nothing.
#include "fuzz/box_parts.h"
#include "fuzz/conversation.h"
#include "fuzz/event_ops.h"
#include "fuzz/mutate.h"
#include "fuzz/packet_parts.h"

#include <algorithm>
#include <numeric>

namespace natstep::fuzz {
namespace {

template <typename Weights>
std::size_t weighted(const Weights& weights, std::size_t count, Random& random) {
  const auto end = weights.begin() + static_cast<std::ptrdiff_t>(count);
  const std::size_t sum = std::accumulate(weights.begin(), end, std::size_t{0});
  std::size_t left = random.below(sum);
  for (std::size_t i = 0; i < count; ++i) {
    if (left < weights[i]) return i;
    left -= weights[i];
  }
  return 0;
}

std::uint8_t any_byte(Random& random) {
  return static_cast<std::uint8_t>(random.next());
}

/// Values at which headers behave differently.
std::uint16_t interesting(Random& random) {
  constexpr std::array<std::uint16_t, 24> values{
      0,   1,   2,    4,    5,      6,      8,      20,     27,     28,     40,   64,
      255, 256, 1280, 1500, 0x2000, 0x4000, 0x7fff, 0x8000, 0xfffe, 0xffff, 0x45, 0x46};
  if (random.one_in(3)) return static_cast<std::uint16_t>(random.next());
  if (random.one_in(3)) return static_cast<std::uint16_t>(random.below(16));
  return random.any_of(values);
}

/// A well-known pair of who speaks to whom, so that most packets find their way.
void choose_ends(Op& op, Random& random) {
  struct Ends {
    std::uint8_t src, dst;
  };
  // Indexes into the addresses of packet_parts.cpp: a client in lan to a server, to the dmz, to the
  // box; a server to the box, to a mapped address.
  constexpr std::array<Ends, 10> usual{
      {{0, 1}, {0, 1}, {3, 1}, {0, 4}, {1, 2}, {1, 5}, {0, 2}, {4, 1}, {0, 7}, {6, 2}}};
  const Ends ends = random.any_of(usual);
  op.src = ends.src;
  op.dst = ends.dst;
  const std::size_t addresses = packet_part_counts().addresses;
  if (random.one_in(6)) op.dst = random.hot(addresses);
  if (random.one_in(12)) op.src = random.hot(addresses);
}

/// Mostly none; but what waits in a queue shows nothing until it is released.
void add_happenings(Program& program, const Swarm& swarm, Random& random) {
  if (queues_packets(program.box)) {
    if (random.one_in(2)) {
      add_twins(program, swarm, random);
    } else {
      add_release(program, swarm, random);
    }
  } else if (random.one_in(16)) {
    add_made_entry(program, swarm, random);
  } else if (random.one_in(swarm.costly ? 2 : 8)) {
    add_event(program, swarm, random);
  }
}

}  // namespace

Swarm Swarm::draw(Random& random) {
  constexpr std::array<std::uint8_t, 6> weights{0, 1, 2, 4, 4, 8};
  Swarm swarm;
  for (auto& weight : swarm.mutations)
    weight = random.any_of(weights);
  for (auto& weight : swarm.protocols)
    weight = random.any_of(weights);
  // TCP and UDP have most to say.
  for (const auto protocol : {Protocol::tcp, Protocol::udp})
    swarm.protocols[static_cast<std::size_t>(protocol)] += 4;
  swarm.ipv6 = random.any_of(std::array<std::uint8_t, 4>{0, 40, 128, 255});
  swarm.malformed = random.any_of(std::array<std::uint8_t, 4>{0, 10, 40, 120});
  swarm.costly = random.one_in(8);
  return swarm;
}

BoxChoice random_box(const Swarm& swarm, Random& random) {
  const BoxPartCounts counts = box_part_counts();
  const auto maybe = [&](std::size_t of, std::size_t count) {
    return random.one_in(of) ? static_cast<std::uint8_t>(random.below(count)) : std::uint8_t{0};
  };
  BoxChoice box{.topology = maybe(2, counts.topologies),
                .source = random.one_in(4)
                              ? std::uint8_t{1}
                              : static_cast<std::uint8_t>(random.below(counts.sources)),
                .destination = maybe(2, counts.destinations),
                .filter = maybe(3, counts.filters),
                .helper = maybe(8, counts.helpers),
                .settings = maybe(6, counts.settings),
                .block = maybe(5, counts.blocks),
                .devices = maybe(5, 2)};
  if (!swarm.costly) make_cheap(box);
  // There are few of those that only such a run can afford.
  const int tries = swarm.costly && random.one_in(3) ? 8 : 0;
  for (int i = 0; i < tries && !needs_new_boxes(box); ++i) {
    box.topology = maybe(2, counts.topologies);
    box.filter = maybe(2, counts.filters);
    box.block = maybe(2, counts.blocks);
  }
  return box;
}

Op fresh_op(const Swarm& swarm, Random& random) {
  const PacketPartCounts counts = packet_part_counts();
  Op op{.source = Source::fresh};
  op.protocol = static_cast<std::uint8_t>(weighted(swarm.protocols, protocol_count, random));
  if (random.below(255) < swarm.ipv6) op.protocol |= 0x80;
  choose_ends(op, random);
  op.src_port = random.hot(counts.ports);
  op.dst_port = random.one_in(2) ? std::uint8_t{1} : random.hot(counts.ports);
  if (op.protocol % 0x80 == static_cast<std::uint8_t>(Protocol::tcp) && random.one_in(2))
    op.dst_port = 2;
  op.kind = random.one_in(2) ? std::uint8_t{0} : random.hot(counts.tcp_flags);
  op.content = random.hot(counts.payloads);
  op.extra = random.one_in(2) ? std::uint8_t{0} : random.hot(counts.tcp_options);
  if (random.one_in(20)) op.where = static_cast<std::uint8_t>(1 + random.below(4));
  if (random.below(255) < swarm.malformed) op.patches.push_back(random_patch(random));
  if (random.one_in(3)) op.offload = static_cast<std::uint8_t>(random.below(offload_choices()));
  return op;
}

Op reference_op(Source source, std::size_t past, Random& random) {
  const PacketPartCounts counts = packet_part_counts();
  Op op{.source = source};
  // Mostly the last step, and what left in it.
  op.subject = static_cast<std::uint8_t>(random.one_in(3) ? random.below(past)
                                                          : past - std::min<std::size_t>(past, 1));
  op.frame = random.one_in(5) ? std::uint8_t{0} : std::uint8_t{1};
  if (source == Source::next) op.frame = random.one_in(4) ? std::uint8_t{1} : std::uint8_t{0};
  if (source == Source::piece) op.frame = 0;
  if (random.one_in(12)) op.frame = any_byte(random);
  op.kind = random.hot(source == Source::error ? counts.errors : counts.tcp_flags);
  if (source == Source::error && random.one_in(3)) op.src = random.hot(counts.addresses);
  op.content = random.one_in(2) ? std::uint8_t{0} : random.hot(counts.payloads);
  op.extra = random.one_in(2) ? std::uint8_t{0} : random.hot(counts.quotes);
  if (random.one_in(24)) op.where = static_cast<std::uint8_t>(1 + random.below(4));
  return op;
}

bool add_fragments(Program& program, const Swarm& swarm, Random& random) {
  if (program.ops.size() + 3 > most_ops) return false;
  // Payloads of 100, 1000 and 1472 bytes, and pieces that are small enough to be some.
  constexpr std::array<std::uint8_t, 4> lengths{3, 3, 6, 7};
  Op whole = fresh_op(swarm, random);
  whole.content = random.any_of(lengths);
  const bool large = whole.content != 3;
  const std::size_t at = program.ops.size();
  Op piece{.source = Source::piece, .subject = static_cast<std::uint8_t>(at)};
  piece.kind = static_cast<std::uint8_t>((large ? 20 : 0) + random.below(large ? 12 : 8));
  piece.content = static_cast<std::uint8_t>(random.below(4));
  const auto everywhere = static_cast<std::uint8_t>(random.one_in(4) ? 1 : 0);  // DF
  program.ops.push_back(std::move(whole));
  const std::size_t pieces = 2 + random.below(4);
  for (std::size_t i = 0; i < pieces && program.ops.size() < most_ops; ++i) {
    piece.extra = static_cast<std::uint8_t>(random.one_in(4) ? random.below(pieces) : i);
    piece.offload = random.one_in(4) ? static_cast<std::uint8_t>(random.below(8)) : everywhere;
    piece.patches.clear();
    if (random.one_in(6))
      piece.patches.push_back({.field = Patch::Field::tos,
                               .when = Patch::When::before_checksums,
                               .value = static_cast<std::uint16_t>(random.below(4))});
    if (random.one_in(16)) piece.patches.push_back(random_patch(random));
    program.ops.push_back(piece);
  }
  return true;
}

Patch random_patch(Random& random) {
  return {.field = static_cast<Patch::Field>(random.below(Patch::field_count)),
          .when = random.one_in(2) ? Patch::When::after_checksums : Patch::When::before_checksums,
          .layer = random.one_in(4) ? Patch::Layer::quoted : Patch::Layer::outer,
          .value = interesting(random)};
}

Program generate(const Swarm& swarm, Random& random) {
  Program program{.box = random_box(swarm, random), .ops = {}};
  if (swarm.costly && random.one_in(2) && add_fragments(program, swarm, random)) return program;
  if (random.one_in(2) && add_conversation(program, swarm, random)) return program;
  program.ops.push_back(fresh_op(swarm, random));
  const std::size_t more = random.below(4);
  for (std::size_t i = 0; i < more; ++i) {
    constexpr std::array<Source, 6> sources{Source::reply, Source::reply, Source::next,
                                            Source::error, Source::again, Source::fresh};
    const Source source = random.any_of(sources);
    program.ops.push_back(source == Source::fresh
                              ? fresh_op(swarm, random)
                              : reference_op(source, program.ops.size(), random));
  }
  add_happenings(program, swarm, random);
  return program;
}

}  // namespace natstep::fuzz
