// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/packet.h"

#include "model/hook_names.h"
#include "model/missing.h"
#include "model/wire/tcp.h"
#include "model/wire/udp.h"

namespace natstep::model {
namespace {

std::uint32_t lowest_permitted(const Choice& choice) {
  for (std::uint32_t value = choice.lowest; value < choice.highest; ++value) {
    if (choice.permits(value)) return value;
  }
  return choice.permits(choice.highest) ? choice.highest : choice.lowest;
}

std::string allowed_in_words(const Choice& choice) {
  std::string words = std::to_string(choice.lowest);
  if (choice.highest != choice.lowest) words += '-' + std::to_string(choice.highest);
  if (choice.allowed) words += ", not taken";
  return words;
}

std::size_t checksum_at(const L4Location& where) {
  const bool udp = where.protocol == wire::ip_protocol::udp;
  return where.offset + (udp ? wire::udp::checksum : wire::tcp::checksum);
}

/// The transport header, as what the device takes it for.
std::optional<L4Location> header_for_device(const Packet& packet) {
  auto where = locate_l4(packet.bytes);
  if (where && packet.checksum_of != 0) where->protocol = packet.checksum_of;
  return where;
}

}  // namespace

void leave_checksum_to_device(Packet& packet, std::uint8_t taken_for) {
  packet.checksum_of = taken_for;
  const auto where = header_for_device(packet);
  if (!where || packet.bytes.size() < checksum_at(*where) + sizeof(std::uint16_t)) return;
  const std::size_t length = packet.bytes.size() - where->offset;
  const std::uint32_t sum = pseudo_header_of(packet.bytes, where->protocol, length);
  wire::store_be16(&packet.bytes[checksum_at(*where)], static_cast<std::uint16_t>(sum));
  packet.checksum_partial = true;
}

void complete_checksum(Packet& packet) {
  if (!packet.checksum_partial) return;
  packet.checksum_partial = false;
  const auto where = header_for_device(packet);
  if (!where) return;
  const auto segment = wire::ByteView(packet.bytes).subspan(where->offset);
  const std::uint16_t check = wire::internet_checksum(segment, 0);
  // A sum of zero is written as ones, also where no one would take it for an absent checksum.
  wire::store_be16(&packet.bytes[checksum_at(*where)], check == 0 ? 0xffff : check);
}

void Step::unspecified(Missing missing, std::string_view detail) {
  if (!out_.unspecified) out_.unspecified = reason(missing, detail);
}

std::uint32_t Step::choose(const Choice& choice) {
  const std::optional<std::uint32_t> observed = chooser_.choose(choice);
  const std::uint32_t value = observed ? *observed : lowest_permitted(choice);
  out_.choices.push_back({.kind = choice.kind,
                          .clause = choice.clause,
                          .value = value,
                          .observed = observed.has_value(),
                          .permitted = choice.permits(value),
                          .allowed = allowed_in_words(choice)});
  return value;
}

void Step::tap(Hook hook, std::int32_t priority, const Packet& packet) {
  if (state_.detail == WalkDetail::none) return;
  record(Actor::tap, hook, priority, "tap", packet, Verdict::accept, {});
}

std::string_view Step::function_at(Actor actor, Hook hook, const Packet& packet) const {
  return hook_function_name(profile(), actor, hook, packet.family());
}

void Step::record(Actor actor, Hook hook, std::int32_t priority, std::string_view function,
                  const Packet& packet, Verdict verdict, std::string what) {
  out_.walk.push_back({.actor = actor,
                       .hook = hook,
                       .priority = priority,
                       .function = std::string(function),
                       .what = std::move(what),
                       .verdict = verdict,
                       .in = packet.in,
                       .out = packet.out,
                       .bytes = packet.bytes,
                       .packet = packet.number});
}

}  // namespace natstep::model
