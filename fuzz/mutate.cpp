// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/mutate.h"

#include "fuzz/box_parts.h"
#include "fuzz/conversation.h"
#include "fuzz/event_ops.h"
#include "fuzz/packet_parts.h"
#include "fuzz/payloads.h"

#include <algorithm>
#include <numeric>

namespace natstep::fuzz {
namespace {

std::uint8_t index(std::size_t value) {
  return static_cast<std::uint8_t>(value);
}

Op& any_op(Program& program, Random& random) {
  return program.ops[random.below(program.ops.size())];
}

bool full(const Program& program) {
  return program.ops.size() >= most_ops;
}

bool add_reference(Program& program, Source source, Random& random) {
  if (full(program) || program.ops.empty()) return false;
  const std::size_t at =
      random.one_in(3) ? 1 + random.below(program.ops.size()) : program.ops.size();
  insert(program, at, reference_op(source, at, random));
  return true;
}

bool add_patch(Program& program, Patch patch, Random& random) {
  if (program.ops.empty()) return false;
  Op& op = any_op(program, random);
  if (op.patches.size() >= most_patches) op.patches.erase(op.patches.begin());
  op.patches.push_back(patch);
  return true;
}

// ---- packets

bool new_packet(Program& program, const Program&, const Swarm& swarm, Random& random) {
  if (full(program)) return false;
  insert(program, random.below(program.ops.size() + 1), fresh_op(swarm, random));
  return true;
}
bool answer(Program& program, const Program&, const Swarm&, Random& random) {
  return add_reference(program, Source::reply, random);
}
bool go_on(Program& program, const Program&, const Swarm&, Random& random) {
  return add_reference(program, Source::next, random);
}
bool icmp_error(Program& program, const Program&, const Swarm&, Random& random) {
  return add_reference(program, Source::error, random);
}
bool repeat(Program& program, const Program&, const Swarm&, Random& random) {
  return add_reference(program, Source::again, random);
}

/// Opens a connection of TCP, SCTP or DCCP as it should be, so that what comes behind happens in
/// it.
bool handshake(Program& program, const Program&, const Swarm& swarm, Random& random) {
  constexpr std::array protocols{Protocol::tcp, Protocol::tcp,  Protocol::tcp,
                                 Protocol::tcp, Protocol::sctp, Protocol::dccp};
  if (program.ops.size() + 4 > most_ops) return false;
  const Protocol protocol = random.any_of(protocols);
  Op first = fresh_op(swarm, random);
  first.protocol = index((first.protocol & 0x80u) | static_cast<unsigned>(protocol));
  first.kind = 0;
  first.patches.clear();
  const std::size_t begin = program.ops.size();
  program.ops.push_back(std::move(first));
  for (std::size_t i = 1; i < 4; ++i) {
    const bool opener = protocol == Protocol::tcp ? i >= 2 : i % 2 == 0;
    // What its own end sent last, or what the other end got.
    const std::size_t subject = begin + (opener ? (i == 2 ? 0 : i - 1) : i - 1);
    // The tables of each protocol's kinds begin with those of a handshake.
    Op op{.source = opener ? Source::next : Source::reply,
          .subject = index(subject),
          .frame = index(opener ? 0 : 1),
          .kind = index(i)};
    program.ops.push_back(std::move(op));
  }
  return true;
}

bool conversation(Program& program, const Program&, const Swarm& swarm, Random& random) {
  return add_conversation(program, swarm, random);
}

/// A packet in pieces, in some order.
bool fragments(Program& program, const Program&, const Swarm& swarm, Random& random) {
  return add_fragments(program, swarm, random);
}

bool drop_packet(Program& program, const Program&, const Swarm&, Random& random) {
  if (program.ops.size() < 2) return false;
  erase(program, random.below(program.ops.size()));
  return true;
}
bool swap_packets(Program& program, const Program&, const Swarm&, Random& random) {
  if (program.ops.size() < 2) return false;
  std::swap(any_op(program, random), any_op(program, random));
  return true;
}
bool copy_packet(Program& program, const Program&, const Swarm&, Random& random) {
  if (full(program) || program.ops.empty()) return false;
  Op copy = any_op(program, random);
  insert(program, random.below(program.ops.size() + 1), std::move(copy));
  return true;
}

// ---- values of a packet

bool other_source(Program& program, const Program&, const Swarm&, Random& random) {
  any_op(program, random).src = random.hot(packet_part_counts().addresses);
  return true;
}
bool other_destination(Program& program, const Program&, const Swarm&, Random& random) {
  any_op(program, random).dst = random.hot(packet_part_counts().addresses);
  return true;
}
bool other_source_port(Program& program, const Program&, const Swarm&, Random& random) {
  any_op(program, random).src_port = random.hot(packet_part_counts().ports);
  return true;
}
bool other_destination_port(Program& program, const Program&, const Swarm&, Random& random) {
  any_op(program, random).dst_port = random.hot(packet_part_counts().ports);
  return true;
}
bool other_kind(Program& program, const Program&, const Swarm&, Random& random) {
  any_op(program, random).kind = random.hot(packet_part_counts().tcp_flags);
  return true;
}
bool other_payload(Program& program, const Program&, const Swarm&, Random& random) {
  const auto helped = random.one_in(2) ? helped_by(program.box) : std::nullopt;
  const PayloadRange some =
      helped ? payloads_for(helped->reader) : PayloadRange{.first = 0, .count = payload_count()};
  any_op(program, random).content = index(some.first + random.below(some.count));
  return true;
}
bool other_options(Program& program, const Program&, const Swarm&, Random& random) {
  any_op(program, random).extra = index(random.below(256));
  return true;
}
bool other_protocol(Program& program, const Program&, const Swarm&, Random& random) {
  Op& op = any_op(program, random);
  op.protocol = index((op.protocol & 0x80u) | random.below(protocol_count));
  if (random.one_in(3)) op.protocol ^= 0x80;
  return true;
}
bool other_way_in(Program& program, const Program&, const Swarm&, Random& random) {
  any_op(program, random).where = index(random.below(5));
  return true;
}
bool other_subject(Program& program, const Program&, const Swarm&, Random& random) {
  Op& op = any_op(program, random);
  op.subject = index(random.below(program.ops.size()));
  op.frame = index(random.below(3));
  return true;
}

// ---- bytes of a packet

bool patch_field(Program& program, const Program&, const Swarm&, Random& random) {
  return add_patch(program, random_patch(random), random);
}
bool spoil_checksum(Program& program, const Program&, const Swarm&, Random& random) {
  constexpr std::array<std::uint16_t, 5> values{0, 1, 0x5555, 0xffff, 0x0100};
  Patch patch = random_patch(random);
  patch.field = random.one_in(4) ? Patch::Field::ip_checksum : Patch::Field::l4_checksum;
  patch.when = Patch::When::after_checksums;
  patch.value = random.any_of(values);
  return add_patch(program, patch, random);
}
bool move_window(Program& program, const Program&, const Swarm&, Random& random) {
  constexpr std::array<std::uint16_t, 12> values{0,      1,     0xffff, 100, 1000, 0x7fff,
                                                 0x8000, 65000, 0xfff0, 5,   1460, 0x8001};
  Patch patch{.when = Patch::When::before_checksums, .value = random.any_of(values)};
  constexpr std::array fields{Patch::Field::tcp_seq, Patch::Field::tcp_ack,
                              Patch::Field::tcp_window};
  patch.field = random.any_of(fields);
  return add_patch(program, patch, random);
}
bool flip_bit(Program& program, const Program&, const Swarm&, Random& random) {
  Patch patch = random_patch(random);
  patch.field = Patch::Field::bit;
  patch.value = static_cast<std::uint16_t>(random.below(64 * 8));
  return add_patch(program, patch, random);
}
bool drop_patch(Program& program, const Program&, const Swarm&, Random& random) {
  Op& op = any_op(program, random);
  if (op.patches.empty()) return false;
  op.patches.erase(op.patches.begin() +
                   static_cast<std::ptrdiff_t>(random.below(op.patches.size())));
  return true;
}
/// The encoded program is only bytes.
bool raw_bytes(Program& program, const Program&, const Swarm&, Random& random) {
  wire::Bytes bytes = encode(program);
  const std::size_t changes = 1 + random.below(3);
  for (std::size_t i = 0; i < changes; ++i)
    bytes[random.below(bytes.size())] = static_cast<std::uint8_t>(random.next());
  program = decode(bytes);
  return true;
}

// ---- the box, and other programs

bool other_box_part(Program& program, const Program&, const Swarm& swarm, Random& random) {
  const BoxPartCounts counts = box_part_counts();
  BoxChoice& box = program.box;
  if (!box.text.empty()) return false;
  const std::array<std::pair<std::uint8_t*, std::size_t>, 8> parts{
      {{&box.topology, counts.topologies},
       {&box.source, counts.sources},
       {&box.destination, counts.destinations},
       {&box.filter, counts.filters},
       {&box.helper, counts.helpers},
       {&box.settings, counts.settings},
       {&box.block, counts.blocks},
       {&box.devices, 2}}};
  const auto [part, count] = random.any_of(parts);
  *part = index(random.one_in(3) ? 0 : random.below(count));
  if (!swarm.costly) make_cheap(box);
  return true;
}
bool other_box(Program& program, const Program& other, const Swarm&, Random&) {
  if (program.box == other.box) return false;
  program.box = other.box;
  return true;
}
bool splice(Program& program, const Program& other, const Swarm&, Random& random) {
  if (other.ops.empty()) return false;
  cross(program, other, random);
  return true;
}

// ---- what happens between packets

bool something_happens(Program& program, const Program&, const Swarm& swarm, Random& random) {
  return add_event(program, swarm, random);
}
bool entry_is_changed(Program& program, const Program&, const Swarm& swarm, Random& random) {
  return add_written_entry(program, swarm, random);
}
bool entry_is_made(Program& program, const Program&, const Swarm& swarm, Random& random) {
  return add_made_entry(program, swarm, random);
}
bool packet_is_released(Program& program, const Program&, const Swarm& swarm, Random& random) {
  return add_release(program, swarm, random);
}
bool twins_wait(Program& program, const Program&, const Swarm& swarm, Random& random) {
  return add_twins(program, swarm, random);
}
bool other_event(Program& program, const Program&, const Swarm& swarm, Random& random) {
  return change_event(program, swarm, random);
}
bool left_to_a_device(Program& program, const Program&, const Swarm&, Random& random) {
  if (!offloads(program.box)) return false;
  Op& op = any_op(program, random);
  op.offload = index(random.below(offload_choices()));
  if (op.offload > 1) op.content = index(random.one_in(2) ? 3 : large_payload());
  return true;
}

constexpr std::array table{
    Mutation{"new packet", new_packet},
    Mutation{"answer", answer},
    Mutation{"go on", go_on},
    Mutation{"icmp error", icmp_error},
    Mutation{"repeat", repeat},
    Mutation{"handshake", handshake},
    Mutation{"drop packet", drop_packet},
    Mutation{"swap packets", swap_packets},
    Mutation{"copy packet", copy_packet},
    Mutation{"other source", other_source},
    Mutation{"other destination", other_destination},
    Mutation{"other source port", other_source_port},
    Mutation{"other destination port", other_destination_port},
    Mutation{"other kind", other_kind},
    Mutation{"other payload", other_payload},
    Mutation{"other options", other_options},
    Mutation{"other protocol", other_protocol},
    Mutation{"other way in", other_way_in},
    Mutation{"other subject", other_subject},
    Mutation{"patch field", patch_field},
    Mutation{"spoil checksum", spoil_checksum},
    Mutation{"move window", move_window},
    Mutation{"flip bit", flip_bit},
    Mutation{"drop patch", drop_patch},
    Mutation{"raw bytes", raw_bytes},
    Mutation{"other box part", other_box_part},
    Mutation{"other box", other_box},
    Mutation{"splice", splice},
    Mutation{"fragments", fragments},
    Mutation{"conversation", conversation},
    Mutation{"something happens", something_happens},
    Mutation{"entry changed", entry_is_changed},
    Mutation{"entry made", entry_is_made},
    Mutation{"packet released", packet_is_released},
    Mutation{"twins wait", twins_wait},
    Mutation{"other event", other_event},
    Mutation{"left to a device", left_to_a_device},
};
static_assert(table.size() <= std::tuple_size_v<decltype(Swarm::mutations)>);

const Mutation& choose(const Swarm& swarm, Random& random) {
  const auto end = swarm.mutations.begin() + table.size();
  std::size_t left = random.below(std::accumulate(swarm.mutations.begin(), end, std::size_t{0}));
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (left < swarm.mutations[i]) return table[i];
    left -= swarm.mutations[i];
  }
  return table[0];
}

}  // namespace

std::span<const Mutation> mutations() {
  return table;
}

void cross(Program& program, const Program& other, Random& random) {
  program.ops.resize(random.below(program.ops.size() + 1));
  const std::size_t shift = program.ops.size();
  for (const Op& op : other.ops) {
    if (full(program)) break;
    program.ops.push_back(op);
    program.ops.back().subject = index(op.subject + shift);
  }
}

void insert(Program& program, std::size_t at, Op op) {
  for (std::size_t i = at; i < program.ops.size(); ++i) {
    if (program.ops[i].subject >= at) ++program.ops[i].subject;
  }
  program.ops.insert(program.ops.begin() + static_cast<std::ptrdiff_t>(at), std::move(op));
}

void erase(Program& program, std::size_t at) {
  program.ops.erase(program.ops.begin() + static_cast<std::ptrdiff_t>(at));
  for (Op& op : program.ops) {
    if (op.subject > at) --op.subject;
  }
}

void mutate(Program& program, const Program& other, const Swarm& swarm, Random& random,
            Lineage& lineage) {
  const std::size_t times = 1 + random.below(random.one_in(4) ? 6 : 2);
  for (std::size_t i = 0; i < times; ++i) {
    if (program.ops.empty()) program.ops.push_back(fresh_op(swarm, random));
    const Mutation& mutation = choose(swarm, random);
    if (mutation.change(program, other, swarm, random)) lineage.push_back(mutation.name);
  }
}

}  // namespace natstep::fuzz
