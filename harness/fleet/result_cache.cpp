// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/result_cache.h"

#include "harness/fleet/file.h"
#include "harness/fleet/guest_worker.h"
#include "harness/fleet/kernel_store.h"
#include "harness/sweeps/sweep.h"

#include <chrono>
#include <cstdint>
#include <fstream>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

namespace natstep::harness {
namespace {

namespace fs = std::filesystem;

/// FNV-1a: names files, and has nobody to fear.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return hash;
}

void forget_the_old(const fs::path& folder, const fs::path& own) {
  constexpr std::chrono::hours week{24 * 7};
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const auto age = fs::file_time_type::clock::now() - fs::last_write_time(entry.path(), error);
    if (!error && entry.path() != own && age > week) fs::remove_all(entry.path(), error);
  }
}

bool is_worth_keeping(const Result& result) {
  return result.diagnostic.empty() && result.trouble.empty() && result.verdict != Verdict::broken &&
         result.verdict != Verdict::skipped;
}

}  // namespace

ResultCache::ResultCache(const fs::path& folder, const fs::path& program)
    : folder_(folder / fmt::format("{:016x}", hash_of(content_of(program)))) {
  forget_the_old(folder, folder_);
}

ResultCache::ResultCache() : ResultCache(cache_folder() / "results", "/proc/self/exe") {}

/// The kernel, the scenario's text, where it lies (reports name it), and how it is played.
fs::path ResultCache::place(const JobOptions& job, const ScenarioFile& file, int round) const {
  const std::string text = is_sweep_path(file.path) ? std::string() : content_of(file.path);
  const std::string question =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}", file.path, job.lockstep.profile.name,
                  fmt::join(job.guest->options.kernel_words, " "), static_cast<int>(job.watch),
                  model::names_of(job.lockstep.asked), round, text);
  return folder_ / job.guest->kernel.name / fmt::format("{:016x}", hash_of(question));
}

std::optional<Result> ResultCache::find(const JobOptions& job, const ScenarioFile& file,
                                        int round) const {
  std::ifstream stream(place(job, file, round), std::ios::binary);
  if (!stream) return std::nullopt;
  const std::string message{std::istreambuf_iterator<char>(stream), {}};
  try {
    return decode(message);
  } catch (const std::exception&) {
    return std::nullopt;  // written by half
  }
}

void ResultCache::keep(const JobOptions& job, const ScenarioFile& file, const Result& result,
                       int round) const {
  if (!is_worth_keeping(result)) return;
  const fs::path path = place(job, file, round);
  const fs::path fresh = path.native() + fmt::format(".{}", ::getpid());
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream(fresh, std::ios::binary) << encode(result);
  fs::rename(fresh, path, error);
  if (error) fs::remove(fresh, error);
}

}  // namespace natstep::harness
