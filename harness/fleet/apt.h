// SPDX-License-Identifier: GPL-2.0-or-later
// Debian's archive through apt with a root of its own in the cache: the machine's sources and lists
// stay as they are, and apt verifies signatures and checksums. Only the mirror is the machine's.
#pragma once

#include "harness/fleet/package_index.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness {

/// A mirror of Debian, and one of its security updates (empty: none is known).
struct Mirrors {
  std::string archive;
  std::string security;
};

/// Out of what `apt-get indextargets --format '$(REPO_URI) $(CODENAME)'` prints.
Mirrors mirrors_in(std::string_view index_targets);

/// A sources.list with every suite that may have kernels.
std::string sources_text(const Mirrors& mirrors, const std::string& keyring);

/// What an apt-get that failed complains about, in one line: "the mirror no longer has it (404)".
std::string apt_complaint(std::string_view errors);

class Apt {
 public:
  /// `root` is made when needed. Throws EnvironmentError, as all of its functions do.
  explicit Apt(std::filesystem::path root);

  /// Fetches the lists when there are none, or when they are older than a day.
  void update();
  /// Every package whose name begins with one of the usual ones of kernels and ends with `flavour`.
  [[nodiscard]] std::vector<PackageRecord> kernel_packages(std::string_view flavour) const;
  /// Every version of one package.
  [[nodiscard]] std::vector<PackageRecord> versions_of(const std::string& package) const;
  /// Downloads and verifies one version of a package into `folder`; returns the file.
  [[nodiscard]] std::filesystem::path download(const PackageRecord& package,
                                               const std::filesystem::path& folder) const;

 private:
  [[nodiscard]] std::vector<std::string> words(std::vector<std::string> command) const;
  [[nodiscard]] bool lists_are_fresh() const;

  std::filesystem::path root_;
};

}  // namespace natstep::harness
