// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/law_owner.h"

#include <algorithm>
#include <array>
#include <set>
#include <span>

namespace natstep::harness {
namespace {

using model::Direction;

/// The tuple of a packet that was sent to who is told by `tuple`.
model::Tuple answered_on_the_wire(const model::Tuple& tuple) {
  return on_the_wire(model::invert(tuple).value_or(model::Tuple{}));
}

std::vector<Owner> owners_among(std::span<const LawEntry> entries, const model::Tuple& tuple,
                                Shown shown) {
  std::vector<Owner> owners;
  for (const auto& entry : entries) {
    for (const auto direction : {Direction::original, Direction::reply}) {
      if (shown(entry.of(direction)) != tuple) continue;
      owners.push_back({.entry = &entry, .direction = direction});
      break;
    }
  }
  return owners;
}

bool has_zones(std::span<const LawEntry> entries) {
  return std::ranges::any_of(
      entries, [](const LawEntry& entry) { return entry.zone[0] != 0 || entry.zone[1] != 0; });
}

bool goes_by_addresses(const LawCase& law_case, std::uint8_t protocol) {
  constexpr std::uint8_t dccp = 33, udplite = 136;
  const auto has_no_ports = [&](const LawEntry& entry) {
    const auto& original = entry.of(Direction::original);
    return original.protocol == protocol && original.src_id == 0 && original.dst_id == 0;
  };
  return (protocol == udplite || protocol == dccp) &&
         (std::ranges::any_of(law_case.before, has_no_ports) ||
          std::ranges::any_of(law_case.after, has_no_ports));
}

}  // namespace

model::Tuple on_the_wire(const model::Tuple& whole) {
  model::Tuple tuple = whole;
  constexpr std::uint8_t gre = 47;
  if (tuple.protocol == gre) tuple.src_id = 0;
  return tuple;
}

std::vector<Owner> owners_of(const LawCase& law_case, const model::Tuple& tuple, Shown shown) {
  const auto owners = owners_among(law_case.after, tuple, shown);
  return owners.empty() ? owners_among(law_case.before, tuple, shown) : owners;
}

std::optional<model::Tuple> tuple_of(const LawCase& law_case, const LawPacket& packet) {
  if (!goes_by_addresses(law_case, packet.protocol())) return packet.tuple();
  return model::Tuple{.src = packet.src(), .dst = packet.dst(), .protocol = packet.protocol()};
}

bool lies_in_several_zones(const LawCase& law_case, const model::Tuple& tuple) {
  const std::array<std::span<const LawEntry>, 2> times{law_case.before, law_case.after};
  if (std::ranges::none_of(times, has_zones)) return false;
  std::set<std::array<std::uint16_t, 2>> zones;
  for (const auto entries : times)
    for (const Shown shown : {on_the_wire, answered_on_the_wire})
      for (const Owner& owner : owners_among(entries, tuple, shown))
        zones.insert(owner.entry->zone);
  return zones.size() > 1;
}

Owner owner_of(const LawCase& law_case, const model::Tuple& tuple, Shown shown) {
  const auto owners = owners_of(law_case, tuple, shown);
  if (owners.size() != 1 || lies_in_several_zones(law_case, tuple)) return {};
  return owners.front();
}

bool someone_owns_quoted(const LawCase& law_case, const LawPacket& quoted) {
  const auto tuple = tuple_of(law_case, quoted);
  return tuple && !owners_of(law_case, *tuple, answered_on_the_wire).empty();
}

Owner owner_of_quoted(const LawCase& law_case, const LawPacket& quoted) {
  const auto tuple = tuple_of(law_case, quoted);
  if (!tuple || !model::invert(*tuple)) return {};
  auto owner = owner_of(law_case, *tuple, answered_on_the_wire);
  owner.direction = !owner.direction;
  return owner;
}

}  // namespace natstep::harness
