// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel version as a value: the features by which kernels differ, and the names their functions
// go by.
#pragma once

#include "model/release.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::model {

/// Which generation of names the walk prints.
enum class Nomenclature : std::uint8_t {
  today,     // since 6.2
  linux_5x,  // until 6.1: ipv4_confirm rather than nf_confirm
  linux_3x,  // the names that books of 2013 describe
};

/// What a profile is that nobody has chosen.
inline constexpr Release default_release{.major = 6, .minor = 18, .patch = 44};

struct Profile {
  std::string name;  // "linux-6.18"
  Nomenclature nomenclature = Nomenclature::today;

  // One named feature a difference; model/feature.def says what each is about.
#define FEATURE(id, versions, with, without, basis, kernel, clauses, probe) \
  bool id = (versions).hold_in(default_release);
#include "model/feature.def"
#undef FEATURE
};

/// A feature by its name, which is the member's: a scenario can say that its pins need it.
struct Feature {
  std::string_view name;
  bool Profile::*member;
  Versions versions;
  std::string_view with;     // what happens where the feature is there, in one sentence
  std::string_view without;  // and where it is not
  std::string_view basis;
  std::string_view kernel;   // source file and function
  std::string_view clauses;  // the ids of those that it decides about, parted by blanks
  std::string_view probe;    // a scenario that tells; empty: none does

  [[nodiscard]] std::string_view sentence(bool there) const { return there ? with : without; }
};
std::span<const Feature> features();
const Feature* find_feature(std::string_view name);  // nothing when there is none
/// The names, parted by blanks, and back; what is no feature's name is left out.
std::string names_of(const std::vector<const Feature*>& features);
std::vector<const Feature*> features_named(std::string_view names);
/// Those that one profile has and the other has not.
std::vector<const Feature*> features_between(const Profile& left, const Profile& right);

/// What a scenario asks of a kernel: that it has a feature ("NAME"), or that it lacks it
/// ("no-NAME").
struct FeatureNeed {
  const Feature* feature = nullptr;
  bool wanted = true;

  [[nodiscard]] bool met_by(const Profile& profile) const {
    return profile.*feature->member == wanted;
  }
};
std::optional<FeatureNeed> parse_feature_need(std::string_view word);

/// The built-in profiles, oldest first.
std::span<const Profile> profiles();
/// By its name, "linux-6.18", or by the version alone, "6.18".
std::optional<Profile> find_profile(std::string_view name);
/// The profile of a kernel release as uname gives it ("6.18.44-foo"): the name is that of the
/// nearest built-in profile, the features are the release's own.
Profile profile_for_release(std::string_view release);

}  // namespace natstep::model
