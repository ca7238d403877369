// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/profile_report.h"

#include "harness/report/table.h"
#include "harness/report/verdict_words.h"
#include "model/clause.h"

#include <algorithm>
#include <sstream>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace natstep::harness {
namespace {

using model::Feature;

std::vector<std::string> clauses_of(const Feature& feature) {
  std::istringstream words{std::string(feature.clauses)};
  std::vector<std::string> ids;
  for (std::string id; words >> id;)
    ids.push_back(id);
  return ids;
}

std::string known_words(const FeatureValue& value) {
  if (value.known == Known::probed) {
    const bool expected = value.value == value.by_version;
    return fmt::format("probed by {}{}", value.by,
                       expected ? "" : ", against what its version has");
  }
  return value.note.empty() ? "by version" : fmt::format("by version: {}", value.note);
}

std::string value_text(const FeatureValue& value) {
  const Feature& feature = *value.feature;
  return fmt::format("{:<3}  {}\n", value.value ? "YES" : "NO", feature.name) +
         labelled("packets", feature.sentence(value.value)) +
         labelled("known", known_words(value)) + labelled("kernels", to_string(feature.versions)) +
         labelled("function", feature.kernel);
}

/// What differs, in the order of the table.
std::vector<const Feature*> differences(const model::Profile& from, const model::Profile& to) {
  std::vector<const Feature*> found;
  for (const Feature& feature : model::features())
    if (from.*feature.member != to.*feature.member) found.push_back(&feature);
  return found;
}

std::string difference_text(const Feature& feature, const model::Profile& from,
                            const model::Profile& to) {
  const std::size_t width = std::max({from.name.size(), to.name.size(), std::size_t{8}}) + 2;
  std::string out = fmt::format("{}\n", feature.name);
  out += labelled(from.name, feature.sentence(from.*feature.member), width);
  out += labelled(to.name, feature.sentence(to.*feature.member), width);
  out += labelled("has it", to_string(feature.versions), width);
  out += labelled("function", feature.kernel, width);
  out += labelled("basis", feature.basis, width);
  std::string_view label = "clauses";
  for (const std::string& id : clauses_of(feature)) {
    const auto clause = model::find_clause(id);
    if (!clause) continue;
    out += labelled(label, fmt::format("{}: \"{}\"", id, model::info(*clause).sentence), width);
    label = "";
  }
  return out;
}

}  // namespace

model::Profile with_values(model::Profile profile, const std::vector<FeatureValue>& values) {
  for (const FeatureValue& value : values)
    profile.*value.feature->member = value.value;
  return profile;
}

std::string profile_text(const std::vector<FeatureValue>& values, const std::string& kernel,
                         const std::string& profile) {
  std::string out;
  for (const FeatureValue& value : values)
    out += value_text(value) + "\n";
  const auto probed = std::ranges::count(values, Known::probed, &FeatureValue::known);
  const auto other = std::ranges::count_if(
      values, [](const FeatureValue& each) { return each.value != each.by_version; });
  return out + fmt::format("{}, {} of them probed, {} other than by version\n{}    profile {}\n",
                           counted(values.size(), "feature"), probed, other, kernel, profile);
}

std::string profile_json(const std::vector<FeatureValue>& values, const std::string& kernel,
                         const std::string& profile) {
  auto list = nlohmann::ordered_json::array();
  for (const FeatureValue& value : values) {
    const Feature& feature = *value.feature;
    list.push_back({{"id", feature.name},
                    {"value", value.value},
                    {"by_version", value.by_version},
                    {"known", value.known == Known::probed ? "probed" : "by version"},
                    {"sentence", feature.sentence(value.value)},
                    {"versions", to_string(feature.versions)},
                    {"basis", feature.basis},
                    {"kernel", feature.kernel},
                    {"clauses", clauses_of(feature)}});
    if (!value.by.empty()) list.back()["probe"] = value.by;
    if (!value.note.empty()) list.back()["note"] = value.note;
  }
  return nlohmann::ordered_json{{"kernel", kernel}, {"profile", profile}, {"features", list}}.dump(
             2) +
         "\n";
}

std::string diff_text(const model::Profile& from, const model::Profile& to) {
  std::string out;
  const auto found = differences(from, to);
  for (const Feature* feature : found)
    out += difference_text(*feature, from, to) + "\n";
  return out + fmt::format("{} of {} differ between {} and {}\n", found.size(),
                           counted(model::features().size(), "feature"), from.name, to.name);
}

std::string diff_json(const model::Profile& from, const model::Profile& to) {
  auto list = nlohmann::ordered_json::array();
  for (const Feature* feature : differences(from, to))
    list.push_back({{"id", feature->name},
                    {"from", feature->sentence(from.*feature->member)},
                    {"to", feature->sentence(to.*feature->member)},
                    {"versions", to_string(feature->versions)},
                    {"basis", feature->basis},
                    {"kernel", feature->kernel},
                    {"clauses", clauses_of(*feature)}});
  return nlohmann::ordered_json{{"from", from.name}, {"to", to.name}, {"differences", list}}.dump(
             2) +
         "\n";
}

}  // namespace natstep::harness
