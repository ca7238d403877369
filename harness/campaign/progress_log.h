// SPDX-License-Identifier: GPL-2.0-or-later
// How far a campaign has come, moment by moment: DIR/progress.jsonl, one JSON object a line, only
// ever appended to. Whoever dies while writing leaves half a line at most, which is passed over.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness {

/// One moment. Counts are of the whole campaign, resumed ones included, and never shrink.
struct Moment {
  double time_s = 0;  // of fuzzing so far, pauses between two starts left out
  std::uint64_t executions = 0;
  double executions_per_s = 0;  // since the moment before
  double bare_per_s = 0;        // of the bare loop, measured in the same run; 0: not measured
  std::uint64_t features = 0;
  std::uint64_t clauses_reached = 0;
  std::uint64_t kernel_pcs = 0;  // 0: the kernel tells none
  std::uint64_t findings = 0;    // different ones
  double last_new_s = 0;         // when the last new feature, PC or finding came

  bool operator==(const Moment&) const = default;
};

/// Appends with one write each, so that several processes may share a file.
class ProgressLog {
 public:
  /// `directory` must exist. Throws EnvironmentError.
  explicit ProgressLog(const std::filesystem::path& directory);
  /// Throws EnvironmentError; what stood in the file before still stands there then.
  void append(const Moment& moment);

 private:
  std::filesystem::path path_;
};

/// The moments in `directory` in their order; none where there is no file. Lines that are no moment
/// are passed over.
std::vector<Moment> read_progress(const std::filesystem::path& directory);

std::string to_line(const Moment& moment);  // with the newline
std::optional<Moment> parse_moment(std::string_view line);

}  // namespace natstep::harness
