// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/matrix.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

namespace natstep::harness {
namespace {

Cell cell_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::agreed:
      return Cell::agreed;
    case Verdict::deviation:
      return Cell::deviation;
    case Verdict::diverged:
      return Cell::diverged;
    case Verdict::broken:
      return Cell::broken;
    case Verdict::inconclusive:
    case Verdict::skipped:
      break;
  }
  return Cell::not_supported;
}

/// "corpus/x.nat" of "corpus/x.nat:6: nft says ...".
std::string path_of_diagnostic(const std::string& diagnostic) {
  constexpr std::string_view ending = ".nat";
  const auto at = diagnostic.find(ending);
  return at == std::string::npos ? diagnostic : diagnostic.substr(0, at + ending.size());
}

const Result* find(const Summary& summary, const std::string& path) {
  const auto found = std::ranges::lower_bound(summary.results, path, {}, &Result::path);
  return found != summary.results.end() && found->path == path ? &*found : nullptr;
}

/// Rules that a kernel's own tools refuse are rules that it does not support. Null when it did not.
const std::string* refusal_of(const Summary& summary, const std::string& path) {
  const auto refused = std::ranges::find(
      summary.not_parsed, path,
      [](const std::string& diagnostic) { return path_of_diagnostic(diagnostic); });
  return refused == summary.not_parsed.end() ? nullptr : &*refused;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

Cell cell_of(const Summary& summary, const std::string& path) {
  if (const Result* result = find(summary, path)) return cell_of(result->verdict);
  return refusal_of(summary, path) != nullptr ? Cell::not_supported : Cell::not_run;
}

std::set<std::string> all_paths(const std::vector<MatrixColumn>& columns) {
  std::set<std::string> paths;
  for (const MatrixColumn& column : columns) {
    for (const Result& result : column.summary.results)
      paths.insert(result.path);
    for (const std::string& diagnostic : column.summary.not_parsed)
      paths.insert(path_of_diagnostic(diagnostic));
  }
  return paths;
}

/// The worst first.
int rank(Cell cell) {
  constexpr std::array order{Cell::agreed,        Cell::not_run,  Cell::deviation,
                             Cell::not_supported, Cell::diverged, Cell::broken};
  return static_cast<int>(std::ranges::find(order, cell) - order.begin());
}

MatrixRow make_row(const std::vector<MatrixColumn>& columns, const std::string& path) {
  MatrixRow row{.path = path, .area = area_of(path), .why = {}, .cells = {}};
  int worst = 0;
  for (const MatrixColumn& column : columns) {
    row.cells.push_back(cell_of(column.summary, path));
    if (rank(row.cells.back()) <= worst) continue;
    const Result* result = find(column.summary, path);
    const std::string* refusal = refusal_of(column.summary, path);
    if (result == nullptr && refusal == nullptr) continue;
    worst = rank(row.cells.back());
    row.why = result != nullptr ? result->reason : first_line(*refusal);
  }
  return row;
}

/// What is known to be steady of a column's scenario; nothing when it was not seen.
std::optional<Behaviour> behaviour_in(const MatrixColumn& column, const std::string& path) {
  const Result* result = find(column.summary, path);
  if (result == nullptr || result->behaviour.empty()) return std::nullopt;
  Behaviour behaviour = decode_behaviour(result->behaviour);
  const auto again = column.again.find(path);
  return again == column.again.end() ? behaviour : settled(behaviour, again->second);
}

/// A kernel is asked about what parts it from either of its neighbours.
void forget_other_features(Behaviour& behaviour,
                           const std::vector<const model::Feature*>& parting) {
  for (StepBehaviour& step : behaviour)
    std::erase_if(step.features, [&](const std::string& name) {
      return std::ranges::find(parting, name, &model::Feature::name) == parting.end();
    });
}

std::optional<BehaviourDifference> difference_of(const MatrixColumn& left,
                                                 const MatrixColumn& right,
                                                 const std::string& path) {
  auto before = behaviour_in(left, path);
  auto after = behaviour_in(right, path);
  if (!before || !after) return std::nullopt;
  const auto parting = model::features_between(left.profile, right.profile);
  forget_other_features(*before, parting);
  forget_other_features(*after, parting);
  return first_difference(*before, *after);
}

model::ClauseSet clauses_reached(const MatrixColumn& left, const MatrixColumn& right,
                                 const std::string& path) {
  return find(left.summary, path)->clauses | find(right.summary, path)->clauses;
}

}  // namespace

char letter(Cell cell) {
  constexpr std::string_view letters = "=dX!-.";
  return letters[static_cast<std::size_t>(cell)];
}

std::string_view to_string(Cell cell) {
  constexpr std::array<std::string_view, 6> words{"agreed", "deviation",     "diverged",
                                                  "broken", "not supported", "not run"};
  return words[static_cast<std::size_t>(cell)];
}

Behaviour settled(const Behaviour& first, const Behaviour& again) {
  // Where something is free, all that comes behind may follow from that.
  const auto free = std::ranges::mismatch(first, again, shows_the_same);
  return {first.begin(), free.in1};
}

std::vector<std::string> refused_everywhere(const std::vector<MatrixColumn>& columns) {
  std::vector<std::string> diagnostics;
  if (columns.empty()) return diagnostics;
  std::ranges::copy_if(columns.front().summary.not_parsed, std::back_inserter(diagnostics),
                       [&](const std::string& diagnostic) {
                         const std::string path = path_of_diagnostic(diagnostic);
                         return std::ranges::all_of(columns, [&](const MatrixColumn& column) {
                           return refusal_of(column.summary, path) != nullptr;
                         });
                       });
  return diagnostics;
}

std::vector<std::vector<std::string>> worth_another_look(const std::vector<MatrixColumn>& columns) {
  std::vector<std::vector<std::string>> paths(columns.size());
  const auto add = [&](std::size_t column, const std::string& path) {
    if (paths[column].empty() || paths[column].back() != path) paths[column].push_back(path);
  };
  for (const std::string& path : all_paths(columns)) {
    for (std::size_t i = 0; i + 1 < columns.size(); ++i) {
      const auto difference = difference_of(columns[i], columns[i + 1], path);
      if (!difference || !difference->features.empty()) continue;
      add(i, path);
      add(i + 1, path);
    }
  }
  return paths;
}

Matrix make_matrix(std::vector<MatrixColumn> columns,
                   const std::map<std::string, ScenarioNotes>& notes) {
  Matrix matrix;
  const std::set<std::string> paths = all_paths(columns);
  for (const std::string& path : paths)
    matrix.rows.push_back(make_row(columns, path));
  for (std::size_t i = 0; i + 1 < columns.size(); ++i) {
    for (const std::string& path : paths) {
      auto difference = difference_of(columns[i], columns[i + 1], path);
      if (!difference) continue;
      const auto found = notes.find(path);
      const ScenarioNotes about = found == notes.end() ? ScenarioNotes{} : found->second;
      matrix.changes.push_back({.left = i,
                                .path = path,
                                .area = area_of(path),
                                .claim = about.claim,
                                .features = about.features,
                                .clauses = clauses_reached(columns[i], columns[i + 1], path),
                                .difference = *std::move(difference)});
    }
  }
  matrix.columns = std::move(columns);
  return matrix;
}

}  // namespace natstep::harness
