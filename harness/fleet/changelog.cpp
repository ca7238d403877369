// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/changelog.h"

#include "harness/lockstep/feature_watch.h"
#include "harness/report/html.h"
#include "harness/report/table.h"
#include "harness/report/verdict_words.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace natstep::harness {
namespace {

std::vector<FeatureChange> parting(const Matrix& matrix, std::size_t left) {
  const model::Profile& older = matrix.columns[left].profile;
  const model::Profile& newer = matrix.columns[left + 1].profile;
  std::vector<FeatureChange> changes;
  for (const model::Feature* feature : model::features_between(older, newer))
    changes.push_back({.feature = feature, .there = newer.*feature->member, .shown = {}});
  return changes;
}

bool is_about(const BehaviourChange& change, const model::Feature& feature) {
  return std::ranges::find(change.features, &feature) != change.features.end();
}

bool is_at_work_in(const BehaviourChange& change, const model::Feature& feature) {
  return std::ranges::find(change.difference.features, feature.name) !=
         change.difference.features.end();
}

/// The model says which features decide there; of several it is the one that the scenario is about.
/// Without the model, and where it was wrong, what a scenario's pins need or what it probes is what
/// it is about. Of others, the clauses that it reached may point to a single feature.
FeatureChange* explanation_of(const BehaviourChange& change, std::vector<FeatureChange>& changes) {
  std::vector<FeatureChange*> candidates;
  for (FeatureChange& each : changes)
    if (is_at_work_in(change, *each.feature)) candidates.push_back(&each);
  const bool told = !candidates.empty();
  if (!told)
    for (FeatureChange& each : changes)
      candidates.push_back(&each);
  for (FeatureChange* each : candidates)
    if (is_about(change, *each->feature)) return each;
  if (told) return candidates.front();
  std::erase_if(candidates, [&](const FeatureChange* each) {
    return !decides_one_of(*each->feature, change.clauses);
  });
  return candidates.size() == 1 ? candidates.front() : nullptr;
}

std::string sight_lines(const Matrix& matrix, const BehaviourChange& change,
                        std::string_view indent) {
  std::string out = fmt::format("{}{}\n", indent, change.difference.sent);
  const auto side = [&](const std::string& kernel, const std::vector<std::string>& seen) {
    if (seen.empty()) out += fmt::format("{}{}: nothing of that\n", indent, kernel);
    for (const std::string& sight : seen)
      out += fmt::format("{}{}: {}\n", indent, kernel, sight);
  };
  side(matrix.columns[change.left].kernel, change.difference.left);
  side(matrix.columns[change.left + 1].kernel, change.difference.right);
  return out;
}

std::string paragraph(std::string_view text, std::size_t indent) {
  std::string out;
  for (const std::string& line : wrapped(text, report_width - indent))
    out += std::string(indent, ' ') + line + "\n";
  return out;
}

std::string text_of(const Matrix& matrix, const FeatureChange& change) {
  const model::Feature& feature = *change.feature;
  std::string out = paragraph(feature.sentence(change.there), 2);
  out += paragraph(fmt::format("before: {}", feature.sentence(!change.there)), 6);
  out += paragraph(fmt::format("{}{}, {}", change.there ? "" : "no-", feature.name, feature.kernel),
                   6);
  const BehaviourChange& first = *change.shown.front();
  out += fmt::format("      shown by {}, such as {}:{}\n", counted(change.shown.size(), "scenario"),
                     first.path, first.difference.line);
  return out + sight_lines(matrix, first, "          ");
}

std::string text_of(const Matrix& matrix, const BehaviourChange& change) {
  return fmt::format("  {}:{}  {}\n", change.path, change.difference.line, change.claim) +
         sight_lines(matrix, change, "      ");
}

std::string html_of(const Matrix& matrix, const FeatureChange& change) {
  const model::Feature& feature = *change.feature;
  std::string out = fmt::format(
      "<p><b>{}</b><br>Before: {}<br><small>{}{} &middot; {} &middot; shown by {}</small>\n",
      escaped_html(feature.sentence(change.there)), escaped_html(feature.sentence(!change.there)),
      change.there ? "" : "no-", feature.name, escaped_html(feature.kernel),
      counted(change.shown.size(), "scenario"));
  const BehaviourChange& first = *change.shown.front();
  return out + fmt::format("<pre>{}:{}\n{}</pre>\n", escaped_html(first.path),
                           first.difference.line, escaped_html(sight_lines(matrix, first, "")));
}

std::string html_of(const Matrix& matrix, const BehaviourChange& change) {
  return fmt::format("<p>{} <code>{}:{}</code><pre>{}</pre>\n", escaped_html(change.claim),
                     escaped_html(change.path), change.difference.line,
                     escaped_html(sight_lines(matrix, change, "")));
}

/// Where the features begin that the model knows to part the kernels and no scenario of the run
/// shows: changelog_of() has put them last.
auto first_unshown(const Changelog& log) {
  return std::ranges::find_if(log.features,
                              [](const FeatureChange& each) { return each.shown.empty(); });
}

std::span<const FeatureChange> shown_of(const Changelog& log) {
  return {log.features.begin(), first_unshown(log)};
}

std::string names_of_unshown(const Changelog& log) {
  std::vector<std::string> names;
  for (const FeatureChange& each : std::span(first_unshown(log), log.features.end()))
    names.push_back(fmt::format("{}{}", each.there ? "" : "no-", each.feature->name));
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

Changelog changelog_of(const Matrix& matrix, std::size_t left) {
  Changelog log{.features = parting(matrix, left), .unexplained = {}};
  for (const BehaviourChange& change : matrix.changes) {
    if (change.left != left) continue;
    FeatureChange* explanation = explanation_of(change, log.features);
    if (explanation != nullptr)
      explanation->shown.push_back(&change);
    else
      log.unexplained.push_back(&change);
  }
  std::stable_partition(log.features.begin(), log.features.end(),
                        [](const FeatureChange& each) { return !each.shown.empty(); });
  return log;
}

std::string changelog_text(const Matrix& matrix, std::size_t left) {
  const Changelog log = changelog_of(matrix, left);
  std::string out;
  for (const FeatureChange& change : shown_of(log))
    out += text_of(matrix, change);
  if (const auto others = names_of_unshown(log); !others.empty())
    out += paragraph(fmt::format("not shown by these scenarios: {}", others), 2);
  if (!log.features.empty() && !log.unexplained.empty())
    out += "\n  explained by no feature of the model:\n";
  for (const BehaviourChange* change : log.unexplained)
    out += text_of(matrix, *change);
  return out.empty() ? "  nothing that these scenarios show\n" : out;
}

std::string changelog_html(const Matrix& matrix, std::size_t left) {
  const Changelog log = changelog_of(matrix, left);
  std::string out;
  for (const FeatureChange& change : shown_of(log))
    out += html_of(matrix, change);
  if (const auto others = names_of_unshown(log); !others.empty())
    out += fmt::format("<p><small>Not shown by these scenarios: {}</small>\n", others);
  if (!log.features.empty() && !log.unexplained.empty())
    out += "<h3>Explained by no feature of the model</h3>\n";
  for (const BehaviourChange* change : log.unexplained)
    out += html_of(matrix, *change);
  return out.empty() ? "<p>Nothing that these scenarios show.\n" : out;
}

}  // namespace natstep::harness
