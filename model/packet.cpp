// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/packet.h"

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

}  // namespace

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
