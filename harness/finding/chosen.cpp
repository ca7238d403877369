// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/finding/chosen.h"

#include "model/wire/text.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace natstep::harness {
namespace {

using nlohmann::ordered_json;

struct Place {
  std::size_t offset = 0;
  std::size_t length = 0;
  ordered_json sums = ordered_json::array();
};

/// The checksums over a field: that of its own header, and of every ICMP message around that. The
/// sum of SCTP is another kind, which is left to the judge.
ordered_json sums_over(const std::string& field, const std::vector<wire::FieldText>& fields) {
  auto sums = ordered_json::array();
  auto header = field.substr(0, field.rfind('.'));
  for (;;) {
    const auto sum = std::ranges::find(fields, header + ".checksum", &wire::FieldText::name);
    if (sum != fields.end() && sum->length == 2) sums.push_back(sum->offset);
    const auto around = header.rfind(".embedded.");
    if (around == std::string::npos) return sums;
    header.resize(around);
  }
}

/// Whether a choice of this kind may stand in the field.
bool may_hold(const std::string& field, model::ChoiceKind kind) {
  const bool ip_id = field.ends_with("ipv4.id");
  const bool fragment_id = field.ends_with("fragment.id");
  if (kind == model::ChoiceKind::ip_id) return ip_id;
  if (kind == model::ChoiceKind::fragment_id) return fragment_id;
  return !ip_id && !fragment_id && (field.ends_with("port") || field.ends_with(".id"));
}

bool holds(wire::ByteView packet, const wire::FieldText& field, std::uint32_t value) {
  if (field.offset + field.length > packet.size()) return false;
  if (field.length == 2) return wire::load_be16(&packet[field.offset]) == value;
  return field.length == 4 && wire::load_be32(&packet[field.offset]) == value;
}

/// The fields of `packet` that have this value.
std::vector<Place> places_of(wire::ByteView packet, std::uint32_t value, model::ChoiceKind kind) {
  std::vector<Place> places;
  const auto fields = wire::dissect(packet);
  for (const auto& field : fields) {
    if (!may_hold(field.name, kind) || !holds(packet, field, value)) continue;
    places.push_back(
        {.offset = field.offset, .length = field.length, .sums = sums_over(field.name, fields)});
  }
  return places;
}

}  // namespace

ChosenValues::ChosenValues(const Outcome& outcome, std::size_t last) {
  for (std::size_t i = 0; i <= last && i < outcome.steps.size(); ++i)
    for (const auto& choice : outcome.steps[i].prediction.choices)
      note(choice, outcome.steps[i], i);
}

void ChosenValues::note(const model::BoundChoice& choice, const StepRecord& record,
                        std::size_t step) {
  if (!choice.observed) return;
  const auto frames = by_port(record.observation.frames);
  for (std::size_t f = 0; f < frames.size(); ++f) {
    const auto places = places_of(frames[f].bytes, choice.value, choice.kind);
    if (places.empty()) continue;
    chosen_.push_back({.step = step,
                       .frame = f,
                       .offset = places.front().offset,
                       .value = choice.value,
                       .length = places.front().length,
                       .kind = choice.kind});
    return;
  }
}

ordered_json ChosenValues::shown() const {
  auto list = ordered_json::array();
  for (const Chosen& each : chosen_)
    list.push_back({each.step, each.frame, each.offset, each.length, each.value});
  return list;
}

ordered_json ChosenValues::places_in(wire::ByteView packet) const {
  auto list = ordered_json::array();
  for (std::size_t i = 0; i < chosen_.size(); ++i)
    for (auto& place : places_of(packet, chosen_[i].value, chosen_[i].kind))
      list.push_back({i, place.offset, place.sums});
  return list;
}

std::vector<netns::Frame> by_port(std::vector<netns::Frame> frames) {
  std::ranges::stable_sort(frames, {}, &netns::Frame::port);
  return frames;
}

}  // namespace natstep::harness
