// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/finding/judged.h"

#include "harness/finding/python_literal.h"
#include "harness/lockstep/check.h"
#include "harness/lockstep/convert.h"
#include "harness/lockstep/expectations.h"
#include "harness/report/entry_text.h"
#include "model/wire/text.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

using nlohmann::ordered_json;
using Frames = std::vector<netns::Frame>;
using Reason = tl::unexpected<std::string>;

// ---- frames

ordered_json frame_values(const Scenario& scenario, const Frames& frames) {
  auto list = ordered_json::array();
  for (const auto& frame : frames)
    list.push_back({port_name(scenario.topology, frame.port), hex(frame.bytes)});
  return list;
}

bool same_shape(const Frames& left, const Frames& right) {
  return std::ranges::equal(left, right, [](const auto& l, const auto& r) {
    return l.port == r.port && l.bytes.size() == r.bytes.size();
  });
}

using Places = std::set<std::pair<std::size_t, std::size_t>>;  // frame, offset

Places differing(const Frames& left, const Frames& right) {
  Places places;
  for (std::size_t f = 0; f < left.size(); ++f)
    for (std::size_t i = 0; i < left[f].bytes.size(); ++i)
      if (left[f].bytes[i] != right[f].bytes[i]) places.emplace(f, i);
  return places;
}

Places all_of(const Frames& frames) {
  Places places;
  for (std::size_t f = 0; f < frames.size(); ++f)
    for (std::size_t i = 0; i < frames[f].bytes.size(); ++i)
      places.emplace(f, i);
  return places;
}

/// Fields that cannot be reckoned again where the kernel chooses otherwise, unless they are all
/// that differs: the sum of SCTP over a chosen value, and every sum when the value shows nowhere.
void leave_out_fields(Places& places, const Frames& frames, std::string_view ending) {
  for (std::size_t f = 0; f < frames.size(); ++f) {
    for (const auto& field : wire::dissect(frames[f].bytes)) {
      if (!field.name.ends_with(ending)) continue;
      for (std::size_t i = 0; i < field.length; ++i)
        places.erase({f, field.offset + i});
    }
  }
}

/// The id of a packet of the box's own tells nothing where anything else does: the kernel may
/// choose it, also where the model says that it does not.
void prefer_other_than_ids(Places& places, const Frames& frames) {
  Places others = places;
  leave_out_fields(others, frames, "ipv4.id");
  if (others.size() == places.size()) return;
  leave_out_fields(others, frames, "ipv4.checksum");
  if (!others.empty()) places = std::move(others);
}

/// What the kernel chose and the model could not see, as on a packet that only the kernel has.
void leave_out_unknown(Places& places, const Frames& frames,
                       const std::vector<model::BoundChoice>& choices, const ChosenValues& chosen) {
  const auto is_unseen = [](const model::BoundChoice& choice) { return !choice.observed; };
  const bool unseen = std::ranges::any_of(choices, is_unseen);
  if (unseen) leave_out_fields(places, frames, "ipv4.id");
  if (unseen || (chosen.empty() && !choices.empty()))
    leave_out_fields(places, frames, "checksum");
  else if (!chosen.empty())
    leave_out_fields(places, frames, "sctp.checksum");
}

ordered_json as_list(const Places& places) {
  auto list = ordered_json::array();
  for (const auto& [frame, offset] : places)
    list.push_back({frame, offset});
  return list;
}

/// What both voices do alike is judged as a whole; what one does otherwise, by that.
tl::expected<JudgedBy, std::string> by_frames(const Scenario& scenario, const StepRecord& step,
                                              const ChosenValues& chosen) {
  const Frames found = by_port(step.observation.frames);
  const Frames expected = by_port(frames_of(step.prediction));
  Places places;
  if (same_shape(found, expected)) {
    places = differing(found, expected);
    if (places.empty()) places = all_of(found);
    leave_out_unknown(places, found, step.prediction.choices, chosen);
    prefer_other_than_ids(places, found);
    if (places.empty() && !found.empty())
      return Reason("the voices differ only in what follows from a value that the kernel chooses");
  }
  auto free = ordered_json::array();
  for (const auto& frame : found)
    free.push_back(chosen.places_in(frame.bytes));
  const bool alike = same_shape(found, expected) && differing(found, expected).empty();
  return JudgedBy{{"JUDGE", "frames"},
                  {"FOUND", frame_values(scenario, found)},
                  {"EXPECTED", alike ? ordered_json() : frame_values(scenario, expected)},
                  {"JUDGED", as_list(places)},
                  {"FREE", free}};
}

// ---- entries

tl::expected<JudgedBy, std::string> by_entries(const StepRecord& step) {
  JudgedBy data{{"JUDGE", "entries"},
                {"FOUND_ENTRIES", ordered_json::array()},
                {"EXPECTED_ENTRIES", ordered_json::array()},
                {"JUDGED_ENTRIES", ordered_json::array()}};
  for (const EntryPair& pair : step.entries) {
    if (pair.kernel) data["FOUND_ENTRIES"].push_back(entry_values(*pair.kernel));
    if (pair.model) data["EXPECTED_ENTRIES"].push_back(entry_values(*pair.model));
    auto& judged = data["JUDGED_ENTRIES"];
    if (!pair.kernel || !pair.model) {
      const auto& shown = pair.kernel ? *pair.kernel : *pair.model;
      judged.push_back({tuple_values(shown.original), nullptr});
      continue;
    }
    for (const EntryRow& row : entry_rows(pair, 1))
      if (row.differs) judged.push_back({tuple_values(pair.kernel->original), row.name});
  }
  if (!data["JUDGED_ENTRIES"].empty()) return data;
  return Reason("the entries differ in what no dump shows: " + step.findings.front().subject);
}

/// "tcp 10.0.1.2:* > 198.51.100.9:20" of "expectation tcp 10.0.1.2:* > 198.51.100.9:20 of tcp ...".
std::string expected_tuple_in(std::string_view subject) {
  constexpr std::string_view word = "expectation ";
  subject.remove_prefix(word.size());
  return std::string(subject.substr(0, subject.find(" of ")));
}

/// The model's expectations are the kernel's, but for what the findings say.
tl::expected<JudgedBy, std::string> by_expectations(const StepRecord& step) {
  std::multiset<std::string> found, expected;
  for (const auto& each : step.observation.expectations)
    found.insert(expected_tuple(each));
  expected = found;
  for (const Finding& finding : step.findings) {
    if (finding.aspect != Aspect::expectations) continue;
    if (!finding.subject.starts_with("expectation "))
      return Reason("only the timeout of an expectation differs");
    const auto tuple = expected_tuple_in(finding.subject);
    if (finding.model == "expected")
      expected.insert(tuple);
    else if (const auto one = expected.find(tuple); one != expected.end())
      expected.erase(one);
  }
  if (found == expected) return Reason("the expectations differ in more than their tuples");
  return JudgedBy{{"JUDGE", "expectations"},
                  {"FOUND_EXPECTATIONS", found},
                  {"EXPECTED_EXPECTATIONS", expected}};
}

// ---- between the hooks

const char* nft_word(model::Hook hook) {
  switch (hook) {
    case model::Hook::pre_routing:
      return "prerouting";
    case model::Hook::local_in:
      return "input";
    case model::Hook::forward:
      return "forward";
    case model::Hook::local_out:
      return "output";
    case model::Hook::post_routing:
      return "postrouting";
  }
  return "";
}

struct Tap {
  model::Hook hook{};
  std::int32_t priority = 0;
  ordered_json found = nullptr;
  ordered_json expected = nullptr;
};

/// The first tap at which the two walks part; its packet in both voices.
std::optional<Tap> first_parting(const StepRecord& step) {
  std::vector<const model::WalkStep*> model;
  for (const auto& each : step.prediction.walk)
    if (each.actor == model::Actor::tap) model.push_back(&each);
  const auto& kernel = step.observation.taps;
  for (std::size_t i = 0; i < std::max(model.size(), kernel.size()); ++i) {
    const auto* m = i < model.size() ? model[i] : nullptr;
    const auto* k = i < kernel.size() ? &kernel[i] : nullptr;
    const bool same_place = m && k && m->hook == to_model(k->hook) && m->priority == k->priority;
    if (same_place && m->bytes == k->bytes) continue;
    Tap tap{.hook = m ? m->hook : to_model(k->hook), .priority = m ? m->priority : k->priority};
    if (m) tap.expected = hex(m->bytes);
    if (same_place || !m) tap.found = hex(k->bytes);
    return tap;
  }
  return std::nullopt;
}

tl::expected<JudgedBy, std::string> by_tap(const Scenario& scenario, const StepRecord& step) {
  const auto tap = first_parting(step);
  if (!tap) return Reason("the walks part in what no tap shows");
  const char* family = scenario.topology.speaks_ipv6() ? "inet" : "ip";
  return JudgedBy{{"JUDGE", "tap"},
                  {"TAP", {family, nft_word(tap->hook), tap->priority}},
                  {"FOUND_TAP", tap->found},
                  {"EXPECTED_TAP", tap->expected}};
}

}  // namespace

std::string tuple_values(const netns::CtTuple& tuple) {
  auto text = fmt::format("{} {} {} > {} {}", tuple.protocol, wire::to_string(tuple.src),
                          tuple.src_id, wire::to_string(tuple.dst), tuple.dst_id);
  return tuple.zone == 0 ? text : fmt::format("{} zone {}", text, tuple.zone);
}

ordered_json entry_values(const netns::CtEntry& entry) {
  ordered_json values{{"original", tuple_values(entry.original)},
                      {"reply", tuple_values(entry.reply)},
                      {"status", entry.status},
                      {"timeout", nullptr},
                      {"mark", entry.mark.value_or(0)},
                      {"labels", hex(entry.labels)}};
  if (entry.timeout) values["timeout"] = *entry.timeout;
  if (!entry.helper.empty()) values["helper"] = entry.helper;
  if (entry.tcp_state) {
    values["tcp.state"] = *entry.tcp_state;
    values["tcp.window_scale"] = entry.tcp_wscale;
    values["tcp.flags"] = entry.tcp_flags;
  }
  if (entry.sctp_state) {
    values["sctp.state"] = *entry.sctp_state;
    values["sctp.vtags"] = entry.sctp_vtag;
  }
  if (entry.dccp_state) {
    values["dccp.state"] = *entry.dccp_state;
    values["dccp.role"] = entry.dccp_role;
    values["dccp.handshake_seq"] = entry.dccp_handshake_seq;
  }
  static constexpr std::array<const char*, 2> directions{"original", "reply"};
  for (std::size_t d = 0; d < 2; ++d) {
    if (entry.counters)
      values[fmt::format("counters.{}", directions[d])] = {(*entry.counters)[d].packets,
                                                           (*entry.counters)[d].bytes};
    if (entry.seq_adjust)
      values[fmt::format("seq_adjust.{}", directions[d])] = {(*entry.seq_adjust)[d].position,
                                                             (*entry.seq_adjust)[d].before,
                                                             (*entry.seq_adjust)[d].after};
  }
  return values;
}

tl::expected<JudgedBy, std::string> judged_by(const Scenario& scenario, const StepRecord& step,
                                              Verdict verdict, const ChosenValues& chosen) {
  if (verdict == Verdict::deviation || step.findings.empty())
    return by_frames(scenario, step, chosen);
  switch (step.findings.front().aspect) {
    case Aspect::conntrack:
      return by_entries(step);
    case Aspect::expectations:
      return by_expectations(step);
    case Aspect::walk:
      return by_tap(scenario, step);
    case Aspect::choices:
      return Reason("what the kernel chose, it need not choose again");
    case Aspect::frames:
    case Aspect::laws:
    case Aspect::pins:
      break;
  }
  return by_frames(scenario, step, chosen);
}

}  // namespace natstep::harness
