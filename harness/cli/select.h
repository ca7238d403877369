// SPDX-License-Identifier: GPL-2.0-or-later
// Which scenarios a command line means.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace natstep::harness {

struct ScenarioFile {
  std::string path;  // as it is shown: relative to the working directory when it lies below
  std::string area;  // the folder of the corpus: "dnat"
};

/// The corpus that belongs to this program: installed beside it (share/natstep/corpus), or of the
/// source tree that it was built in. Throws UsageError, naming the places looked at, when there is
/// none.
std::filesystem::path find_corpus();

/// Every .nat file that `paths` name, folders with all that is below, in order of path and each
/// once. No paths: the corpus. `filter`, when not empty, is a regular expression that must be found
/// in the path. A path may also name a sweep or one of its cases (sweeps/sweep.h). Throws
/// UsageError for what is missing, unreadable, empty or no scenario.
std::vector<ScenarioFile> select_scenarios(const std::vector<std::string>& paths,
                                           const std::string& filter);

/// The folder below `corpus/`, else the name of the file's own folder; of a sweep's case the sweep.
std::string area_of(const std::filesystem::path& file);

}  // namespace natstep::harness
