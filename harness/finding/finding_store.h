// SPDX-License-Identifier: GPL-2.0-or-later
// Findings on disk: DIR/findings/NAME/, one folder a signature, whole or not there.
//
// A folder is written elsewhere, synced, and renamed into its place, so that neither kill -9 nor a
// full disk leaves half of one. What is found again only counts. Several processes may share a DIR:
// they take turns by a lock, which goes with its holder.
#pragma once

#include "harness/finding/finding_files.h"
#include "harness/finding/signature.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness {

/// How often a signature was found, and when (seconds since the epoch).
struct Sightings {
  std::uint64_t count = 0;
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  bool operator==(const Sightings&) const = default;
};

struct StoredFinding {
  Signature signature;
  Sightings seen;
  std::filesystem::path folder;
};

enum class Added : std::uint8_t { is_new, is_known };

class FindingStore {
 public:
  /// Makes DIR/findings, and removes what somebody left half-written. Writers in different guests
  /// share the folder and no lock: each has a name of its own, by which it prepares and counts.
  /// Throws EnvironmentError.
  explicit FindingStore(std::filesystem::path directory, const std::string& writer = {});

  /// Whether the signature has a folder: then `add` need not be given files.
  [[nodiscard]] bool knows(const Signature& signature) const;

  /// Adds a finding, or counts it once more when its signature is known. Throws EnvironmentError (a
  /// full disk), and then everything is as before.
  Added add(const Signature& signature, const std::vector<FileOfFinding>& files, std::uint64_t now);

  /// Takes over what the store below `from` has, sightings included. To do so again, when that has
  /// more, counts nothing twice. Returns how many were new. Throws EnvironmentError.
  std::size_t merge(const std::filesystem::path& from);

 private:
  [[nodiscard]] std::filesystem::path folder_of(const Signature& signature) const;

  std::filesystem::path directory_;
  std::string incoming_;       // the folder in which findings are prepared
  std::string own_sightings_;  // the file in each finding's folder
};

/// Every whole finding below `directory`, in order of first sighting.
std::vector<StoredFinding> read_findings(const std::filesystem::path& directory);

}  // namespace natstep::harness
