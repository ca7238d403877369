// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/event_ops.h"

#include "fuzz/box_parts.h"
#include "fuzz/entry_events.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace natstep::fuzz {
namespace {

std::uint8_t index(std::size_t value) {
  return static_cast<std::uint8_t>(value);
}

/// What a run that may cost boxes lets happen, the dear ones more than once.
EventKind any_kind(const Swarm& swarm, Random& random) {
  using enum EventKind;
  constexpr std::array cheap{entry_removed, entry_changed, entry_made, setting_changed};
  constexpr std::array dear{rules_changed,   rules_changed, address_changed, link_changed,
                            route_changed,   rules_changed, address_changed, entries_flushed,
                            setting_changed, entry_removed};
  return swarm.costly && !random.one_in(4) ? random.any_of(dear) : random.any_of(cheap);
}

/// The same again, what comes next, or an answer: of the packet before the event.
Op follow_up(std::size_t subject, Random& random) {
  constexpr std::array sources{Source::again, Source::next, Source::reply, Source::reply};
  Op op{.source = random.any_of(sources), .subject = index(subject), .kind = 2};
  op.frame = op.source == Source::reply ? std::uint8_t{1} : std::uint8_t{0};
  return op;
}

/// Behind some packet, and a follow-up behind that.
bool add_about(Program& program, Op event, Random& random) {
  if (program.ops.empty() || program.ops.size() + 2 > most_ops) return false;
  const std::size_t at =
      random.one_in(3) ? 1 + random.below(program.ops.size()) : program.ops.size();
  event.subject = index(at - 1);
  insert(program, at, std::move(event));
  insert(program, at + 1, follow_up(at - 1, random));
  return true;
}

}  // namespace

Op event_op(EventKind kind, const Swarm& swarm, std::size_t past, Random& random) {
  Op op = kind == EventKind::entry_made ? fresh_op(swarm, random) : Op{};
  op.source = Source::event;
  op.where = 0;
  op.kind = index(static_cast<std::size_t>(kind));
  op.subject = index(past == 0 ? 0 : past - 1);
  if (past > 1 && random.one_in(3)) op.subject = index(random.below(past));
  op.frame = random.one_in(3) ? std::uint8_t{1} : std::uint8_t{0};
  const EventChoices choices = event_choices(kind);
  op.content = random.hot(swarm.costly || choices.cheap == 0 ? choices.all : choices.cheap);
  op.extra = index(random.below(mapping_choices()));
  return op;
}

bool add_event(Program& program, const Swarm& swarm, Random& random) {
  return add_about(program, event_op(any_kind(swarm, random), swarm, program.ops.size(), random),
                   random);
}

bool add_written_entry(Program& program, const Swarm& swarm, Random& random) {
  using enum EventKind;
  constexpr std::array kinds{entry_changed, entry_changed, entry_removed};
  return add_about(program, event_op(random.any_of(kinds), swarm, program.ops.size(), random),
                   random);
}

bool add_made_entry(Program& program, const Swarm& swarm, Random& random) {
  if (program.ops.size() + 3 > most_ops) return false;
  const std::size_t at = program.ops.size();
  Op made = event_op(EventKind::entry_made, swarm, at, random);
  Op packet = made;
  packet.source = Source::fresh;
  packet.kind = 2;  // of TCP an acknowledgement, of GRE what belongs to a call
  packet.content = 1;
  packet.extra = 0;
  program.ops.push_back(std::move(made));
  program.ops.push_back(std::move(packet));
  program.ops.push_back({.source = Source::reply, .subject = index(at + 1), .frame = 1, .kind = 2});
  return true;
}

bool add_release(Program& program, const Swarm& swarm, Random& random) {
  if (program.ops.empty() || program.ops.size() >= most_ops || !queues_packets(program.box))
    return false;
  Op op = event_op(EventKind::packet_released, swarm, program.ops.size(), random);
  op.frame = 0;
  if (random.one_in(2)) op.patches.push_back(random_patch(random));
  program.ops.push_back(std::move(op));
  return true;
}

bool add_twins(Program& program, const Swarm& swarm, Random& random) {
  if (!queues_packets(program.box)) return false;
  if (program.ops.size() + 4 > most_ops) program.ops.clear();
  const std::size_t at = program.ops.size();
  program.ops.push_back(fresh_op(swarm, random));
  constexpr std::array seconds{Source::again, Source::again, Source::reply};
  program.ops.push_back({.source = random.any_of(seconds), .subject = index(at)});
  for (int i = 0; i < 2; ++i)
    program.ops.push_back({.source = Source::event,
                           .kind = index(static_cast<std::size_t>(EventKind::packet_released))});
  return true;
}

bool change_event(Program& program, const Swarm& swarm, Random& random) {
  const auto happens = [](const Op& op) { return op.source == Source::event; };
  const auto found = std::ranges::find_if(program.ops, happens);
  if (found == program.ops.end()) return false;
  const auto past = static_cast<std::size_t>(found - program.ops.begin());
  const EventKind kind = random.one_in(3) ? any_kind(swarm, random) : event_kind(*found);
  *found = event_op(kind, swarm, past, random);
  return true;
}

}  // namespace natstep::fuzz
