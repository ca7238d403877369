// SPDX-License-Identifier: GPL-2.0-or-later
// The model's walk with what the kernel showed beside it. The kernel is seen only between its
// functions: at a tap behind one, by a conntrack event, or when a frame leaves.
#pragma once

#include "harness/lockstep/outcome.h"

#include <string>
#include <vector>

namespace natstep::harness {

/// A field that a function changed.
struct FieldChange {
  std::string name;    // as wire::dissect names it: "ipv4.dst"
  std::string before;  // "-" when the field was not there
  std::string after;
};

/// One function that acted on the packet, in both columns.
struct WalkRow {
  const model::WalkStep* step = nullptr;
  std::string who;     // the kernel's function
  std::string what;    // what the model says that it did, with the verdict unless it is accept
  std::string kernel;  // "equal at tap -199", "entry created (ctnetlink)", empty: not to be seen
  bool differs = false;
  std::vector<FieldChange> changes;  // against the step before
};

/// The rows of a step whose walk was recorded in full. A tap is a row only where it is all that
/// stands at a hook: the packet came by and nothing acted on it.
std::vector<WalkRow> walk_rows(const StepRecord& record);

/// "-200", "max", and nothing for routing, which stands between the hooks, or where nothing stands.
std::string priority_text(const model::WalkStep& step);
std::string_view to_string(model::Actor actor);

}  // namespace natstep::harness
