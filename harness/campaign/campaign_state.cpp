// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/campaign/campaign_state.h"

#include "harness/cli/exit_code.h"
#include "harness/finding/durable.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace natstep::harness {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

constexpr const char* info_file = "campaign.json";

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string first_line_of(const fs::path& path) {
  const std::string text = read_text(path);
  return text.substr(0, text.find('\n'));
}

}  // namespace

void write_campaign_info(const fs::path& directory, const CampaignInfo& info) {
  const ordered_json j{
      {"kernel", info.kernel},   {"profile", info.profile}, {"natstep", info.version},
      {"command", info.command}, {"seed", info.seed},       {"jobs", info.jobs},
      {"started", info.started}, {"clauses", info.clauses}, {"inconclusive", info.inconclusive}};
  write_durably(directory / info_file, j.dump(2) + "\n");
}

CampaignInfo read_campaign_info(const fs::path& directory) {
  const json j = json::parse(read_text(directory / info_file), nullptr, false);
  if (!j.is_object()) return {};
  const std::string none;
  try {
    return {.kernel = j.value("kernel", none),
            .profile = j.value("profile", none),
            .version = j.value("natstep", none),
            .command = j.value("command", none),
            .seed = j.value("seed", std::uint64_t{0}),
            .jobs = j.value("jobs", std::uint64_t{1}),
            .started = j.value("started", std::uint64_t{0}),
            .clauses = j.value("clauses", std::vector<std::string>{}),
            .inconclusive = j.value("inconclusive", std::map<std::string, std::uint64_t>{})};
  } catch (const json::exception& error) {
    throw UsageError(
        fmt::format("{}: {}", (directory / info_file).native(), std::string(error.what())));
  }
}

void write_gave_up(const fs::path& directory, const std::string& worker,
                   const std::map<std::string, std::uint64_t, std::less<>>& reasons) {
  fs::create_directories(directory / "gave_up");
  // A reason can name a word of a rule, which need not be UTF-8.
  const auto text = json(reasons).dump(2, ' ', false, json::error_handler_t::replace);
  write_durably(directory / "gave_up" / (worker + ".json"), text + "\n");
}

std::map<std::string, std::uint64_t> read_gave_up(const fs::path& directory) {
  std::map<std::string, std::uint64_t> sum;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory / "gave_up", error)) {
    const json j = json::parse(read_text(entry.path()), nullptr, false);
    if (!j.is_object()) continue;
    for (const auto& [reason, count] : j.items())
      if (count.is_number_unsigned()) sum[reason] += count.get<std::uint64_t>();
  }
  return sum;
}

std::vector<StoredCrash> read_crashes(const fs::path& directory) {
  std::vector<StoredCrash> crashes;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(directory / "crashes", absent)) {
    if (!entry.is_directory()) continue;
    const std::string trouble = first_line_of(entry.path() / "trouble.txt");
    crashes.push_back({.trouble = trouble.empty() ? "natstep died" : trouble,
                       .again = first_line_of(entry.path() / "again.txt"),
                       .folder = entry.path()});
  }
  std::ranges::sort(crashes, {}, &StoredCrash::folder);
  return crashes;
}

CampaignState read_campaign(const fs::path& directory) {
  if (!fs::exists(directory / info_file) && !fs::exists(directory / "progress.jsonl"))
    throw UsageError(fmt::format("{}: there was no campaign in this folder", directory.native()));
  auto info = read_campaign_info(directory);
  for (const auto& [reason, count] : read_gave_up(directory))
    info.inconclusive[reason] += count;
  return {.info = std::move(info),
          .moments = read_progress(directory),
          .findings = read_findings(directory),
          .crashes = read_crashes(directory),
          .kernel = kernel_coverage({.reached = read_text(directory / "pcs.txt"),
                                     .points = read_text(directory / "points.txt"),
                                     .symbols = read_text(directory / "kallsyms.txt"),
                                     .lines = read_text(directory / "lines.txt")})};
}

}  // namespace natstep::harness
