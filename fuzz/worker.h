// SPDX-License-Identifier: GPL-2.0-or-later
// One process of a campaign: searches, and brings what it finds to disk.
#pragma once

#include "fuzz/campaign.h"
#include "fuzz/corpus_folder.h"
#include "fuzz/engine.h"
#include "fuzz/shared_page.h"
#include "harness/finding/finding_store.h"

#include <chrono>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace natstep::fuzz {

class Worker {
 public:
  Worker(const CampaignOptions& options, CampaignPage& page, std::size_t number,
         std::chrono::steady_clock::time_point began);

  /// Until the campaign ends. Throws EnvironmentError.
  void run();
  /// Is told each program before it is played, like those who see the page.
  std::function<void(wire::ByteView)> before_each;

 private:
  void keep_or_count(const std::function<void()>& keep);
  void measure_bare_loop();
  void start_from_seeds();
  void take(const Program& program);
  void tell_how_it_goes();
  [[nodiscard]] bool is_alone() const;
  void exchange();
  void keep_new_entries();
  void write_findings();
  bool write(const Found& found);
  void write_unrepeated(const Found& found);
  void note_news(const Counts& counts);

  const CampaignOptions& options_;
  CampaignPage& page_;
  WorkerPage& mine_;
  std::size_t number_;
  std::chrono::steady_clock::time_point began_;
  Engine engine_;
  CorpusFolder corpus_;
  harness::FindingStore findings_;
  std::deque<Found> unwritten_;  // the disk did not take them yet
  std::vector<Program> unwritten_entries_;
  std::uint64_t features_seen_ = 0;
  std::set<std::string> deadly_;  // programs that somebody died of
};

}  // namespace natstep::fuzz
