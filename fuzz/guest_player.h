// SPDX-License-Identifier: GPL-2.0-or-later
// The host's side of a worker that plays in a guest: boots it, takes what it tells, keeps what its
// kernel died of, and boots it again.
#pragma once

#include "fuzz/campaign.h"
#include "fuzz/page_news.h"
#include "fuzz/shared_page.h"
#include "harness/fleet/machine.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace natstep::fuzz {

class GuestPlayer {
 public:
  GuestPlayer(const CampaignOptions& options, CampaignPage& page, std::size_t number,
              std::chrono::steady_clock::time_point began);

  /// Until the campaign ends. Throws EnvironmentError.
  void run();

 private:
  using Clock = std::chrono::steady_clock;

  void boot();
  void start();
  /// Until this boot's worker has ended, one way or another.
  void attend();
  void handle(const harness::GuestFrame& frame);
  void ended(const std::string& payload);
  void bury_worker(const std::string& payload);
  void bury_kernel();
  void ask_to_stop();
  /// Has a guest tell the crashes that nobody told, and another see whether they come again.
  void tell_crashes();
  void tell_crash_inside(const std::filesystem::path& folder);
  void give_up_when_nothing_is_played();
  [[nodiscard]] std::vector<std::string> words_to_play() const;
  [[nodiscard]] std::vector<std::string> words() const;
  void command(std::vector<std::string> words);

  const CampaignOptions& options_;
  CampaignPage& page_;
  WorkerPage& mine_;
  std::size_t number_;
  Clock::time_point began_;
  PageOfGuest news_;
  std::unique_ptr<harness::Machine> machine_;
  std::uint64_t boots_ = 0;
  std::uint64_t boots_in_vain_ = 0;  // one behind the other, in which nothing was played
  bool died_ = false;                // so that there is a crash to tell
  bool over_ = false;                // this boot's worker ended in order
  bool told_to_stop_ = false;
  Clock::time_point told_at_;
  Clock::time_point last_word_;
};

}  // namespace natstep::fuzz
