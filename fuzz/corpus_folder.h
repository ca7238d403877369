// SPDX-License-Identifier: GPL-2.0-or-later
// Programs on disk: DIR/corpus/HASH, one encoded program a file, as libFuzzer keeps them. Several
// processes write into one folder and read what the others found.
#pragma once

#include "fuzz/program.h"

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace natstep::fuzz {

/// "9c0f2a11d34e77ab": the same program has the same name everywhere.
std::string name_of(const Program& program);
std::string name_of(wire::ByteView encoded);
/// "0100a2...": as reports have it.
std::string hex_of(const Program& program);

class CorpusFolder {
 public:
  /// Makes the folder. Throws EnvironmentError.
  explicit CorpusFolder(std::filesystem::path folder);

  /// Writes the program by way of a file beside it, unless it is there. False when the disk would
  /// not take it.
  bool add(const Program& program);
  /// The programs that were not there at the last call, in order of their names; those that `add`
  /// wrote left out.
  std::vector<Program> news();

 private:
  std::filesystem::path folder_;
  std::set<std::string> known_;
};

}  // namespace natstep::fuzz
