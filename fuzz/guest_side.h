// SPDX-License-Identifier: GPL-2.0-or-later
// A campaign's worker inside a guest: it writes into the campaign's folder on the host, notes each
// program in the kernel's log before it plays it, and tells the host how it gets on.
#pragma once

#include "fuzz/campaign.h"

#include <cstddef>
#include <filesystem>
#include <string>

namespace natstep::fuzz {

/// Frames: what a worker's page says ("news"), the program that natstep itself died of ("died", the
/// signal in its first byte), and the host's wish that it ends ("stop").
inline constexpr const char* frame_news = "news";
inline constexpr const char* frame_died = "died";
inline constexpr const char* frame_stop = "stop";

struct InsideOptions {
  std::size_t number = 0;  // of the worker
  /// Where this is part of a program's name the guest is made to crash, to see what becomes of it.
  std::string crash_at;
};

/// Returns the exit status: of the worker, or status_to_crash.
int run_inside_guest(const CampaignOptions& options, const InsideOptions& inside);

/// Tells the crash in `folder`, which is below the campaign's, on this guest's kernel.
int tell_inside_guest(const CampaignOptions& options, const std::filesystem::path& folder);

}  // namespace natstep::fuzz
