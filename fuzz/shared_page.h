// SPDX-License-Identifier: GPL-2.0-or-later
// What the processes of a campaign tell each other while they run: a page of memory that all of
// them see. A worker that dies leaves there what it was playing.
#pragma once

#include "fuzz/engine.h"
#include "fuzz/program.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <span>

namespace natstep::fuzz {

/// One worker's part. Counts go up only; each is written by its worker and read by all.
struct WorkerPage {
  static constexpr std::size_t most_program_bytes = 40'000;
  static constexpr std::size_t most_places = 32'768;

  std::atomic<std::uint64_t> executions, packets, inconclusive, suspicious, excused, unseen,
      repeated, boxes, features, corpus, findings, unrepeated, lost_writes, crashes;
  std::array<std::atomic<std::uint64_t>, model::clause_capacity / 64> clauses;
  std::atomic<std::uint64_t> last_new_ms;  // since the campaign began: a feature or a finding
  std::atomic<double> bare_established, bare_new_flow;  // packets a second of the bare loop
  std::atomic<bool> ready;
  std::atomic<std::uint32_t> program_size;  // of what is being played; 0: nothing
  std::array<std::uint8_t, most_program_bytes> program;
  std::atomic<std::uint32_t> place_count;
  std::array<std::uint64_t, most_places> places;  // blocks of the kernel that it has reached
};

struct CampaignPage {
  static constexpr std::size_t most_workers = 64;

  std::atomic<bool> stop;
  std::array<WorkerPage, most_workers> workers;
};

/// Memory that is shared with the processes forked after it was made.
class SharedPage {
 public:
  SharedPage();  // throws EnvironmentError
  ~SharedPage();
  SharedPage(const SharedPage&) = delete;
  SharedPage& operator=(const SharedPage&) = delete;

  CampaignPage* operator->() const { return page_; }
  CampaignPage& operator*() const { return *page_; }

 private:
  CampaignPage* page_;
};

void tell_program(WorkerPage& page, wire::ByteView encoded);
void tell_counts(WorkerPage& page, const Counts& counts, const model::ClauseSet& clauses);
void tell_places(WorkerPage& page, std::span<const std::uint64_t> places);
model::ClauseSet clauses_of(const WorkerPage& page);

}  // namespace natstep::fuzz
