// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/compare.h"

#include <algorithm>

namespace natstep::harness {
namespace {

constexpr std::string_view as_pinned = "as pinned";

bool has(const Findings& findings, Aspect aspect) {
  return std::ranges::any_of(findings, [&](const Finding& f) { return f.aspect == aspect; });
}

bool two_sides_differ(const Findings& findings) {
  return has(findings, Aspect::frames) || has(findings, Aspect::conntrack) ||
         has(findings, Aspect::expectations) || has(findings, Aspect::walk) ||
         has(findings, Aspect::choices);
}

Voice script_voice(const StepView& view, const Findings& findings) {
  if (view.line.pins.empty()) return Voice::silent;
  bool model_keeps = true, kernel_keeps = true;
  for (const auto& finding : findings) {
    if (finding.aspect != Aspect::pins) continue;
    model_keeps = model_keeps && finding.model == as_pinned;
    kernel_keeps = kernel_keeps && finding.kernel == as_pinned;
  }
  if (model_keeps && kernel_keeps) return Voice::with_both;
  if (model_keeps) return Voice::with_model;
  return kernel_keeps ? Voice::with_kernel : Voice::alone;
}

/// Which of the two sides breaks a law. Both break it alike when the frames agree.
struct Lawbreakers {
  bool model = false;
  bool kernel = false;
};

Lawbreakers lawbreakers(const Findings& findings) {
  Lawbreakers result;
  for (const auto& finding : findings) {
    if (finding.aspect != Aspect::laws) continue;
    result.model = result.model || finding.model != law_holds;
    result.kernel = result.kernel || finding.kernel != law_holds;
  }
  return result;
}

std::string suspect_when_agreed(Voice script, const Lawbreakers& laws) {
  if (laws.model && laws.kernel) {
    return script == Voice::alone ? "kernel and model alike: the pin and a law speak against both"
                                  : "kernel, and the clause that follows it";
  }
  return "the pin";
}

std::string suspect_when_different(Voice script, const Lawbreakers& laws) {
  if (script == Voice::with_model) return "kernel";
  if (script == Voice::with_kernel) return "the model's clause";
  if (laws.kernel && !laws.model) return "kernel: it breaks a law that the model keeps";
  if (laws.model && !laws.kernel)
    return "the model's clause: it breaks a law that the kernel keeps";
  if (script == Voice::alone) return "the pin, and kernel or the model's clause";
  return "kernel, or the clause's basis";
}

}  // namespace

Findings compare(const StepView& view, wire::Variables& variables) {
  Findings findings;
  check_frames(view, findings);
  check_choices(view, findings);
  check_conntrack(view, findings);
  check_expectations(view, findings);
  check_walk(view, findings);
  check_pins(view, variables, findings);
  check_laws(view, findings);
  return findings;
}

Triage triage(const StepView& view, const Findings& findings) {
  if (findings.empty())
    return {.script = Voice::silent, .model_equals_kernel = true, .suspect = {}};
  const auto script = script_voice(view, findings);
  const auto laws = lawbreakers(findings);
  const bool equal = !two_sides_differ(findings);
  return {
      .script = script,
      .model_equals_kernel = equal,
      .laws_hold = !laws.model && !laws.kernel,
      .suspect = equal ? suspect_when_agreed(script, laws) : suspect_when_different(script, laws)};
}

bool breaks_only_laws(const Findings& findings) {
  return !findings.empty() &&
         std::ranges::all_of(findings, [](const Finding& f) { return f.aspect == Aspect::laws; });
}

}  // namespace natstep::harness
