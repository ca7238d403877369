// SPDX-License-Identifier: GPL-2.0-or-later
// What a scenario came to on a kernel, kept for the next time: a packaged kernel does not change,
// so that only another program or another text of the scenario can make a difference. Results of
// other programs are thrown away after a week.
#pragma once

#include "harness/cli/scenario_job.h"
#include "harness/cli/select.h"
#include "harness/report/result.h"

#include <filesystem>
#include <optional>
#include <string>

namespace natstep::harness {

class ResultCache {
 public:
  /// Below `folder`, for the program whose file is `program`.
  ResultCache(const std::filesystem::path& folder, const std::filesystem::path& program);
  /// In natstep's cache, for this program.
  ResultCache();

  /// `round` tells apart how often the same was asked: a second look must not find the first one.
  [[nodiscard]] std::optional<Result> find(const JobOptions& job, const ScenarioFile& file,
                                           int round = 0) const;
  /// Keeps what is worth it: not what ended for reasons that lie beside the scenario. A cache that
  /// cannot be written is none.
  void keep(const JobOptions& job, const ScenarioFile& file, const Result& result,
            int round = 0) const;

 private:
  [[nodiscard]] std::filesystem::path place(const JobOptions& job, const ScenarioFile& file,
                                            int round) const;

  std::filesystem::path folder_;
};

}  // namespace natstep::harness
