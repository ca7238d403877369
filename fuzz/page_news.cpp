// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/page_news.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

namespace natstep::fuzz {
namespace {

using Count = std::atomic<std::uint64_t> WorkerPage::*;

/// Begin at zero with each worker.
constexpr std::array<Count, 11> sums{
    &WorkerPage::executions, &WorkerPage::packets,    &WorkerPage::inconclusive,
    &WorkerPage::suspicious, &WorkerPage::excused,    &WorkerPage::unseen,
    &WorkerPage::repeated,   &WorkerPage::boxes,      &WorkerPage::findings,
    &WorkerPage::unrepeated, &WorkerPage::lost_writes};
/// Begin with what the corpus holds.
constexpr std::array<Count, 2> levels{&WorkerPage::features, &WorkerPage::corpus};
constexpr std::array<std::atomic<double> WorkerPage::*, 2> speeds{&WorkerPage::bare_established,
                                                                  &WorkerPage::bare_new_flow};

constexpr std::size_t clause_words = model::clause_capacity / 64;
constexpr std::size_t fixed_words = sums.size() + levels.size() + speeds.size() + clause_words + 1;

}  // namespace

std::string news_of(const WorkerPage& page, std::uint32_t& places_told) {
  std::vector<std::uint64_t> words;
  for (const Count count : sums)
    words.push_back(page.*count);
  for (const Count count : levels)
    words.push_back(page.*count);
  for (const auto speed : speeds)
    words.push_back(std::bit_cast<std::uint64_t>((page.*speed).load()));
  for (const auto& word : page.clauses)
    words.push_back(word);
  words.push_back(page.last_new_ms);
  const std::uint32_t places = page.place_count;
  words.insert(words.end(), page.places.begin() + places_told, page.places.begin() + places);
  places_told = places;
  return {reinterpret_cast<const char*>(words.data()), words.size() * sizeof words[0]};
}

void PageOfGuest::begin(std::uint64_t ms_since_start) {
  for (std::size_t i = 0; i < sums.size(); ++i)
    before_[i] = page_.*sums[i];
  began_ms_ = ms_since_start;
}

bool PageOfGuest::take(std::string_view news) {
  std::vector<std::uint64_t> words(news.size() / sizeof(std::uint64_t));
  if (words.size() < fixed_words || news.size() % sizeof words[0] != 0) return false;
  std::memcpy(words.data(), news.data(), news.size());
  auto word = words.begin();
  for (std::size_t i = 0; i < sums.size(); ++i)
    page_.*sums[i] = before_[i] + *word++;
  for (const Count count : levels)
    page_.*count = std::max<std::uint64_t>(page_.*count, *word++);
  for (const auto speed : speeds)
    page_.*speed = std::bit_cast<double>(*word++);
  for (auto& clauses : page_.clauses)
    clauses |= *word++;
  page_.last_new_ms = began_ms_ + *word++;
  std::vector<std::uint64_t> places;
  std::copy_if(word, words.end(), std::back_inserter(places),
               [this](std::uint64_t place) { return places_.insert(place).second; });
  tell_places(page_, places);
  return true;
}

}  // namespace natstep::fuzz
