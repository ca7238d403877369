// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/shared_page.h"

#include "netns/dut.h"

#include <algorithm>
#include <bit>
#include <new>

#include <sys/mman.h>

namespace natstep::fuzz {

using Words = std::array<std::uint64_t, model::clause_capacity / 64>;

SharedPage::SharedPage() : page_(nullptr) {
  void* memory = ::mmap(nullptr, sizeof(CampaignPage), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    throw netns::EnvironmentError(netns::EnvironmentError::Kind::failed, "no memory to share");
  page_ = new (memory) CampaignPage{};
}

SharedPage::~SharedPage() {
  ::munmap(page_, sizeof(CampaignPage));
}

void tell_program(WorkerPage& page, wire::ByteView encoded) {
  const std::size_t size = std::min(encoded.size(), page.program.size());
  page.program_size = 0;
  std::copy_n(encoded.begin(), size, page.program.begin());
  page.program_size = static_cast<std::uint32_t>(size);
}

void tell_counts(WorkerPage& page, const Counts& counts, const model::ClauseSet& clauses) {
  page.executions = counts.executions;
  page.packets = counts.packets;
  page.inconclusive = counts.inconclusive;
  page.suspicious = counts.suspicious;
  page.excused = counts.excused;
  page.unseen = counts.unseen;
  page.repeated = counts.repeated;
  page.boxes = counts.boxes;
  page.features = counts.features;
  page.corpus = counts.corpus;
  const auto words = std::bit_cast<Words>(clauses);
  for (std::size_t i = 0; i < words.size(); ++i)
    page.clauses[i] = words[i];
}

void tell_places(WorkerPage& page, std::span<const std::uint64_t> places) {
  std::uint32_t count = page.place_count;
  for (const std::uint64_t place : places)
    if (count < page.places.size()) page.places[count++] = place;
  page.place_count = count;
}

model::ClauseSet clauses_of(const WorkerPage& page) {
  Words words{};
  for (std::size_t i = 0; i < words.size(); ++i)
    words[i] = page.clauses[i];
  return std::bit_cast<model::ClauseSet>(words);
}

}  // namespace natstep::fuzz
