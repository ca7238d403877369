// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/profile.h"

#include <algorithm>
#include <array>
#include <sstream>

namespace natstep::model {
namespace {

constexpr std::array all_features{
#define FEATURE(id, versions, with, without, basis, kernel, clauses, probe) \
  Feature{#id, &Profile::id, versions, with, without, basis, kernel, clauses, probe},
#include "model/feature.def"
#undef FEATURE
};

/// A built-in profile: the first release that goes by its name, and the one whose features it has.
struct Entry {
  std::string_view name;
  Release since;
  Release release;
};
constexpr std::array<Entry, 7> table{{
    {"linux-3.x", {3, 0}, {3, 10}},
    {"linux-5.10", {5, 0}, {5, 10, 262}},
    {"linux-6.1", {6, 0}, {6, 1, 192}},
    {"linux-6.12", {6, 7}, {6, 12, 117}},
    {"linux-6.18", {6, 13}, default_release},
    {"linux-7.2", {7, 0}, {7, 2, 13}},
    {"linux-7.3", {7, 3}, {7, 3, 4}},
}};

Nomenclature nomenclature_of(const Release& release) {
  constexpr Release first_of_today{6, 2};
  constexpr Release first_of_5x{4, 0};
  if (release >= first_of_today) return Nomenclature::today;
  return release >= first_of_5x ? Nomenclature::linux_5x : Nomenclature::linux_3x;
}

Profile profile_of(std::string_view name, const Release& release) {
  Profile profile{.name = std::string(name), .nomenclature = nomenclature_of(release)};
  for (const Feature& feature : all_features)
    profile.*feature.member = feature.versions.hold_in(release);
  return profile;
}

const std::array<Profile, table.size()>& built_in() {
  static const auto profiles = [] {
    std::array<Profile, table.size()> made;
    std::ranges::transform(table, made.begin(), [](const Entry& entry) {
      return profile_of(entry.name, entry.release);
    });
    return made;
  }();
  return profiles;
}

}  // namespace

std::span<const Feature> features() {
  return all_features;
}

const Feature* find_feature(std::string_view name) {
  const auto found = std::ranges::find(all_features, name, &Feature::name);
  return found == all_features.end() ? nullptr : &*found;
}

std::string names_of(const std::vector<const Feature*>& features) {
  std::string names;
  for (const Feature* feature : features) {
    if (!names.empty()) names += ' ';
    names += feature->name;
  }
  return names;
}

std::vector<const Feature*> features_named(std::string_view names) {
  std::vector<const Feature*> found;
  std::istringstream words{std::string(names)};
  for (std::string word; words >> word;)
    if (const Feature* feature = find_feature(word)) found.push_back(feature);
  return found;
}

std::vector<const Feature*> features_between(const Profile& left, const Profile& right) {
  std::vector<const Feature*> parting;
  for (const Feature& feature : all_features)
    if (left.*feature.member != right.*feature.member) parting.push_back(&feature);
  return parting;
}

std::optional<FeatureNeed> parse_feature_need(std::string_view word) {
  constexpr std::string_view without = "no-";
  const bool wanted = !word.starts_with(without);
  const Feature* feature = find_feature(wanted ? word : word.substr(without.size()));
  if (feature == nullptr) return std::nullopt;
  return FeatureNeed{.feature = feature, .wanted = wanted};
}

std::span<const Profile> profiles() {
  return built_in();
}

std::optional<Profile> find_profile(std::string_view name) {
  const std::string full =
      name.starts_with("linux-") ? std::string(name) : "linux-" + std::string(name);
  const auto found = std::ranges::find(built_in(), full, &Profile::name);
  if (found == built_in().end()) return std::nullopt;
  return *found;
}

Profile profile_for_release(std::string_view text) {
  const Release release = parse_release(text);
  const Entry* nearest = table.begin();
  for (const Entry& entry : table)
    if (release >= entry.since) nearest = &entry;
  return profile_of(nearest->name, std::max(release, table.front().since));
}

}  // namespace natstep::model
