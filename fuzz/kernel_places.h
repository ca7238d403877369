// SPDX-License-Identifier: GPL-2.0-or-later
// Which blocks of the kernel a campaign has reached, in its folder: pcs.txt, points.txt, lines.txt
// and kallsyms.txt, as harness/campaign reads them.
#pragma once

#include "fuzz/shared_page.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string_view>
#include <vector>

namespace natstep::fuzz {

/// Writes the running kernel's symbols to `out`/kallsyms.txt. When those of another kernel stand
/// there, the addresses in pcs.txt are that one's: they go. Throws EnvironmentError.
void keep_symbols(const std::filesystem::path& out);

/// The addresses in a kernel's ELF image (x86) that KCOV can tell: those behind calls of its
/// callback. `symbols` is that kernel's /proc/kallsyms, which names the callback and says where
/// functions begin.
std::vector<std::uint64_t> places_in(std::string_view image, const std::string& symbols);

/// The sum over all workers and earlier starts.
class KernelPlaces {
 public:
  /// `image` is the kernel's ELF file; empty: it cannot be told which places there are.
  KernelPlaces(std::filesystem::path out, std::filesystem::path image)
      : out_(std::move(out)), image_(std::move(image)) {}

  /// What worker `number` has told since the last time.
  void take(std::size_t number, const WorkerPage& page);
  /// To disk when there is news. Throws EnvironmentError.
  void keep();
  [[nodiscard]] std::size_t count() const { return places_.size(); }
  /// What worker `number` tells next begins anew.
  void forget_count(std::size_t number) { taken_[number] = 0; }

 private:
  void read_earlier();
  void keep_points();

  std::filesystem::path out_;
  std::filesystem::path image_;
  std::set<std::uint64_t> places_;
  std::array<std::uint32_t, CampaignPage::most_workers> taken_{};
  bool read_ = false;
  bool news_ = false;
};

}  // namespace natstep::fuzz
