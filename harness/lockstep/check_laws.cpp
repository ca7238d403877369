// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/check.h"
#include "harness/lockstep/convert.h"
#include "harness/lockstep/law_packet.h"
#include "harness/lockstep/laws.h"

namespace natstep::harness {
namespace {

using Side = std::optional<netns::CtEntry> EntryPair::*;

LawEntry law_entry(const netns::CtEntry& entry) {
  return {.tuple = {to_model(entry.original), to_model(entry.reply)},
          .status = entry.status,
          .zone = {entry.original.zone, entry.reply.zone},
          .helped = !entry.helper.empty()};
}

std::vector<LawEntry> entries_of(const std::vector<EntryPair>& pairs, Side side) {
  std::vector<LawEntry> entries;
  for (const auto& pair : pairs)
    if (pair.*side) entries.push_back(law_entry(*(pair.*side)));
  return entries;
}

/// The kernel shows no one the entries that serve replies only, so that the model alone can say
/// what they are.
void add_unshown_entries(const model::State& state, std::vector<LawEntry>& entries) {
  for (const model::Conn* conn : state.conntrack.reply_only_entries())
    entries.push_back(law_entry(to_netns(*conn, state.topology.settings)));
}

template <typename Frames>
std::vector<wire::ByteView> views_of(const Frames& frames) {
  std::vector<wire::ByteView> views;
  for (const auto& frame : frames)
    views.emplace_back(frame.bytes);
  return views;
}

/// One side's case, and what it looks into. A reset may have removed the entry that translated it,
/// so entries of before count as well.
struct Evidence {
  std::vector<LawEntry> before;
  std::vector<LawEntry> after;
  std::vector<EarlierPacket> earlier;
  std::vector<wire::ByteView> frames;
  RuleWrites writes;
};

bool quotes_an_earlier_packet(const StepView& view) {
  const auto sent = LawPacket::read(view.sent);
  return sent && sent->is_icmp_error();
}

/// `frames_in`: gives the side's frames of a recorded step.
template <typename FramesIn>
Evidence evidence(const StepView& view, Side side, FramesIn frames_in) {
  Evidence found{.before = entries_of(view.before, side),
                 .after = entries_of(view.entries, side),
                 .earlier = {},
                 .frames = {},
                 .writes = writes_of(view.state.rules)};
  add_unshown_entries(view.state, found.before);
  if (!quotes_an_earlier_packet(view)) return found;
  for (const auto& step : view.earlier) {
    if (step.offload) continue;  // the device has yet to make it what was sent
    for (const auto left : views_of(frames_in(step)))
      found.earlier.push_back({.sent = step.stimulus, .left = left});
  }
  return found;
}

Evidence of_model(const StepView& view) {
  auto found = evidence(
      view, &EntryPair::model,
      [](const StepRecord& step) -> const auto& { return step.prediction.frames; });
  found.frames = views_of(view.prediction.frames);
  return found;
}

Evidence of_kernel(const StepView& view) {
  auto found = evidence(
      view, &EntryPair::kernel,
      [](const StepRecord& step) -> const auto& { return step.observation.frames; });
  found.frames = views_of(view.observation.frames);
  return found;
}

const model::HookPlan& plan_of(const StepView& view) {
  return model::is_ipv6(view.sent) ? view.state.plan6 : view.state.plan;
}

std::string judge(const Law& law, const StepView& view, const Evidence& found) {
  const LawCase law_case{.sent = view.sent,
                         .injected = view.port != model::no_port,
                         .forwarded = view.prediction.fate == model::Fate::forwarded,
                         .untracked = view.prediction.untracked || !plan_of(view).tracks(),
                         .mapped = plan_of(view).translates(),
                         .partial = view.line.stimulus.offload,
                         .before = found.before,
                         .after = found.after,
                         .earlier = found.earlier,
                         .writes = found.writes};
  return broken(law, law_case, found.frames).value_or(std::string(law_holds));
}

}  // namespace

void check_laws(const StepView& view, Findings& findings) {
  const auto model_shows = of_model(view), kernel_shows = of_kernel(view);
  for (const auto& law : laws()) {
    auto model = judge(law, view, model_shows);
    auto kernel = judge(law, view, kernel_shows);
    if (model == law_holds && kernel == law_holds) continue;
    findings.push_back({.aspect = Aspect::laws,
                        .subject = std::string(law.name),
                        .model = std::move(model),
                        .kernel = std::move(kernel)});
  }
}

}  // namespace natstep::harness
