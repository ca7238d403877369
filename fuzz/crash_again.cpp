// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/crash_again.h"

#include "harness/finding/durable.h"
#include "harness/fleet/file.h"
#include "harness/fleet/guest_worker.h"

#include <algorithm>
#include <cstdio>
#include <system_error>

#include <fmt/format.h>

namespace natstep::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr const char* again_file = "again.txt";
constexpr std::string_view of_the_kernel = "kernel: ";  // how such a reason begins
constexpr std::string_view hang = "hang";               // whatever it was that took too long

std::string first_line_of(const fs::path& file) {
  const std::string text = harness::content_of(file);
  return text.substr(0, text.find('\n'));
}

/// natstep's own deaths have a scenario without the packet that it dies of.
bool is_of_a_kernel(const fs::path& folder) {
  return fs::exists(folder / "trouble.txt") &&
         !first_line_of(folder / "trouble.txt").starts_with("natstep");
}

}  // namespace

std::string words_about_again(std::string_view trouble, const harness::Result& result) {
  std::string_view reason = result.reason;
  if (!reason.starts_with(of_the_kernel)) {
    const bool played = result.verdict != harness::Verdict::broken &&
                        result.verdict != harness::Verdict::skipped && result.diagnostic.empty();
    return played ? std::string("did not come again") : fmt::format("was not played: {}", reason);
  }
  reason.remove_prefix(of_the_kernel.size());
  const bool both_hang = trouble.starts_with(hang) && reason.starts_with(hang);
  if (reason == trouble || both_hang) return "repeats 1 of 1";
  return fmt::format("dies otherwise: {}", reason);
}

std::vector<fs::path> crashes_to_play_again(const fs::path& out) {
  std::vector<fs::path> folders;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(out / "crashes", absent)) {
    const fs::path& folder = entry.path();
    if (fs::exists(folder / "scenario.nat") && !fs::exists(folder / again_file) &&
        is_of_a_kernel(folder))
      folders.push_back(folder);
  }
  std::ranges::sort(folders);
  return folders;
}

void play_crash_again(const fs::path& folder, const CampaignOptions& options) {
  harness::GuestWorker guest(options.guest.kernel,
                             {.lockstep = options.lockstep, .minimise = false, .out = {}});
  const harness::Result result =
      guest.run({.path = (folder / "scenario.nat").native(), .area = {}});
  const std::string words = words_about_again(first_line_of(folder / "trouble.txt"), result);
  fmt::print(stderr, "natstep: {}: {}\n", folder.native(), words);
  harness::write_durably(folder / again_file, words + "\n");
}

}  // namespace natstep::fuzz
