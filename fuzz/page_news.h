// SPDX-License-Identifier: GPL-2.0-or-later
// A worker's page as it travels from a guest to the host, where it is added to what workers that
// the guest's earlier kernels took with them had told.
#pragma once

#include "fuzz/shared_page.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

namespace natstep::fuzz {

/// What `page` says now, with the places behind the first `places_told`, which is updated.
std::string news_of(const WorkerPage& page, std::uint32_t& places_told);

class PageOfGuest {
 public:
  explicit PageOfGuest(WorkerPage& page) : page_(page) {}

  /// A new worker begins to count.
  void begin(std::uint64_t ms_since_start);
  /// False when the news are not what news_of makes.
  bool take(std::string_view news);

 private:
  WorkerPage& page_;
  std::array<std::uint64_t, 16> before_{};  // the sums when it began
  std::uint64_t began_ms_ = 0;
  std::unordered_set<std::uint64_t> places_;
};

}  // namespace natstep::fuzz
