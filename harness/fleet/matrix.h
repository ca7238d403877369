// SPDX-License-Identifier: GPL-2.0-or-later
// One corpus on many kernels: what each scenario came to on each of them, and what changes from one
// kernel to the next.
#pragma once

#include "harness/lockstep/behaviour.h"
#include "harness/report/summary.h"
#include "model/clause.h"
#include "model/profile.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness {

/// One kernel's run.
struct MatrixColumn {
  std::string kernel;           // "6.12.117-1"
  model::Profile profile = {};  // that the model played there
  Summary summary = {};
  /// Scenarios that were run again, with what was seen then: what differs is no steady behaviour.
  std::map<std::string, Behaviour> again = {};
};

enum class Cell : std::uint8_t { agreed, deviation, diverged, broken, not_supported, not_run };
/// "=", "d", "X", "!", "-", ".".
char letter(Cell cell);
std::string_view to_string(Cell cell);

struct MatrixRow {
  std::string path;
  std::string area;
  std::string why;  // the reason that most of the cells give which are not simply agreed
  std::vector<Cell> cells;
};

/// A scenario in which two neighbours do not do the same.
struct BehaviourChange {
  std::size_t left = 0;  // the older kernel's column; the newer one's is the next
  std::string path;
  std::string area;
  std::string claim;                            // the first sentence of the scenario's reason
  std::vector<const model::Feature*> features;  // that the scenario is about
  model::ClauseSet clauses;                     // that either of the two runs reached
  BehaviourDifference difference;
};

/// What a scenario says of itself.
struct ScenarioNotes {
  std::string claim;                            // the first sentence of its reason
  std::vector<const model::Feature*> features;  // that its pins need, or that it probes
};

struct Matrix {
  std::vector<MatrixColumn> columns;
  std::vector<MatrixRow> rows;  // in order of path
  std::vector<BehaviourChange> changes;
};

/// What was told of the files that no kernel took: they are no scenarios, or have rules that nobody
/// understands.
std::vector<std::string> refused_everywhere(const std::vector<MatrixColumn>& columns);

/// By column: the scenarios that a neighbour shows otherwise, for which no feature of the model
/// accounts. They may show something else the next time.
std::vector<std::vector<std::string>> worth_another_look(const std::vector<MatrixColumn>& columns);

/// `notes` are by path.
Matrix make_matrix(std::vector<MatrixColumn> columns,
                   const std::map<std::string, ScenarioNotes>& notes);

/// The steps up to the first at which the same kernel did something else when it was asked again.
Behaviour settled(const Behaviour& first, const Behaviour& again);

std::string matrix_text(const Matrix& matrix);
std::string matrix_json(const Matrix& matrix);
std::string matrix_html(const Matrix& matrix);

}  // namespace natstep::harness
