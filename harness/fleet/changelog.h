// SPDX-License-Identifier: GPL-2.0-or-later
// What a matrix found between two neighbours, in words: the features of model/feature.def that part
// them, each with the scenarios that show it, and what no feature explains.
#pragma once

#include "harness/fleet/matrix.h"
#include "model/profile.h"

#include <cstddef>
#include <string>
#include <vector>

namespace natstep::harness {

struct FeatureChange {
  const model::Feature* feature = nullptr;
  bool there = false;                         // on the newer kernel
  std::vector<const BehaviourChange*> shown;  // empty: no scenario of this run shows it
};

struct Changelog {
  std::vector<FeatureChange> features;  // those that were seen come first
  std::vector<const BehaviourChange*> unexplained;
};

/// Between the column `left` and the next one. Points into `matrix`.
Changelog changelog_of(const Matrix& matrix, std::size_t left);

/// The paragraphs of one pair, without its title.
std::string changelog_text(const Matrix& matrix, std::size_t left);
std::string changelog_html(const Matrix& matrix, std::size_t left);

}  // namespace natstep::harness
