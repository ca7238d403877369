// SPDX-License-Identifier: GPL-2.0-or-later
// `natstep profile`: which features the kernel at hand has, and how that is known.
// `natstep clauses --diff`: what packets meet otherwise on another kernel.
#pragma once

#include "model/profile.h"

#include <cstdint>
#include <string>
#include <vector>

namespace natstep::harness {

/// How the value of a feature is known.
enum class Known : std::uint8_t {
  by_version,  // nothing probes it, or the probe did not tell
  probed,      // the kernel agreed with a model that has it so, and with no other
};

struct FeatureValue {
  const model::Feature* feature = nullptr;
  bool by_version = false;
  bool value = false;
  Known known = Known::by_version;
  std::string by{};    // the path of the probe
  std::string note{};  // why the probe did not tell
};

/// `profile` with the values that are known.
model::Profile with_values(model::Profile profile, const std::vector<FeatureValue>& values);

std::string profile_text(const std::vector<FeatureValue>& values, const std::string& kernel,
                         const std::string& profile);
std::string profile_json(const std::vector<FeatureValue>& values, const std::string& kernel,
                         const std::string& profile);

std::string diff_text(const model::Profile& from, const model::Profile& to);
std::string diff_json(const model::Profile& from, const model::Profile& to);

}  // namespace natstep::harness
