// SPDX-License-Identifier: GPL-2.0-or-later
// The one view of a campaign: what it does now, what it reached, and when something new came last.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace natstep::fuzz {

/// All that the view shows: sums over the workers and over earlier starts.
struct CampaignState {
  double time_s = 0;  // of fuzzing, earlier starts included
  double since_start_s = 0;
  double seconds_asked = 0;  // 0: until interrupted
  std::size_t jobs = 1;
  std::uint64_t executions = 0, packets = 0;
  double executions_per_s = 0;  // of late, all workers together
  double packets_per_s = 0;
  double bare_established = 0, bare_new_flow = 0;
  std::uint64_t features = 0, clauses = 0, all_clauses = 0, corpus = 0;
  std::uint64_t places = 0;  // in the kernel
  std::uint64_t inconclusive = 0, excused = 0, unseen = 0, repeated = 0, boxes = 0;
  std::uint64_t findings = 0, unrepeated = 0, crashes = 0, lost_writes = 0;
  double last_new_s = 0;
};

/// Several lines, each with its newline.
std::string view_text(const CampaignState& state, const std::filesystem::path& out);

/// "8h 03m", "2m 05s", "7.5 s".
std::string duration_text(double seconds);
/// Reads "90", "90s", "10m", "8h", "2d"; negative for anything else.
double parse_duration(const std::string& text);

/// Draws the view over the last one on a terminal; elsewhere prints it now and then.
class CampaignView {
 public:
  explicit CampaignView(std::filesystem::path out);
  void show(const CampaignState& state);
  /// The last one, wherever.
  void finish(const CampaignState& state);

 private:
  void draw(const CampaignState& state);

  std::filesystem::path out_;
  bool on_terminal_;
  std::size_t lines_drawn_ = 0;
  double next_print_s_ = 0;
};

}  // namespace natstep::fuzz
