// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/campaign/gather.h"

#include "harness/finding/durable.h"
#include "harness/finding/finding_store.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace natstep::harness {
namespace {

namespace fs = std::filesystem;

bool was_a_campaign(const fs::path& folder) {
  return fs::exists(folder / "progress.jsonl");
}

/// How it stood at `time_s`: the last moment before, or nothing yet.
Moment at(const std::vector<Moment>& course, double time_s) {
  Moment last;
  for (const Moment& moment : course) {
    if (moment.time_s > time_s) break;
    last = moment;
  }
  return last;
}

void add(Moment& sum, const Moment& one) {
  sum.executions += one.executions;
  sum.executions_per_s += one.executions_per_s;
  sum.bare_per_s += one.bare_per_s;
  sum.features = std::max(sum.features, one.features);
  sum.clauses_reached = std::max(sum.clauses_reached, one.clauses_reached);
  sum.kernel_pcs = std::max(sum.kernel_pcs, one.kernel_pcs);
  // How many of them are the same in several shards, only the folders tell.
  sum.findings = std::max(sum.findings, one.findings);
  sum.last_new_s = std::max(sum.last_new_s, one.last_new_s);
}

CampaignInfo info_of(const std::vector<fs::path>& shards) {
  CampaignInfo all;
  all.jobs = 0;
  std::set<std::string> clauses;
  for (const auto& shard : shards) {
    auto info = read_campaign_info(shard);
    clauses.insert(info.clauses.begin(), info.clauses.end());
    for (const auto& [reason, count] : read_gave_up(shard))
      all.inconclusive[reason] += count;
    all.jobs += info.jobs;
    if (all.kernel.empty()) {
      all.kernel = info.kernel;
      all.profile = info.profile;
      all.version = info.version;
      all.seed = info.seed;
    }
    if (all.started == 0 || (info.started != 0 && info.started < all.started))
      all.started = info.started;
  }
  all.clauses.assign(clauses.begin(), clauses.end());
  return all;
}

std::string united_lines(const std::vector<fs::path>& shards, const char* name) {
  std::set<std::string> lines;
  for (const auto& shard : shards) {
    std::ifstream file(shard / name);
    for (std::string line; std::getline(file, line);)
      lines.insert(line);
  }
  std::string text;
  for (const auto& line : lines)
    text += line + "\n";
  return text;
}

/// Addresses of the kernel are the same in all shards, which run the same one.
void gather_kernel(const fs::path& directory, const std::vector<fs::path>& shards) {
  for (const char* name : {"pcs.txt", "points.txt", "lines.txt", "kallsyms.txt"}) {
    const std::string text = united_lines(shards, name);
    if (!text.empty()) write_durably(directory / name, text);
  }
}

}  // namespace

std::vector<fs::path> shards_of(const fs::path& directory) {
  std::vector<fs::path> shards;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error))
    if (entry.is_directory() && was_a_campaign(entry.path())) shards.push_back(entry.path());
  std::ranges::sort(shards);
  return shards;
}

std::vector<Moment> together(const std::vector<std::vector<Moment>>& courses) {
  std::set<double> times;
  for (const auto& course : courses)
    for (const Moment& moment : course)
      times.insert(moment.time_s);
  std::vector<Moment> sum;
  for (const double time : times) {
    Moment& moment = sum.emplace_back();
    for (const auto& course : courses)
      add(moment, at(course, time));
    moment.time_s = time;
  }
  return sum;
}

void gather_shards(const fs::path& directory) {
  const auto shards = shards_of(directory);
  FindingStore findings(directory);
  std::vector<std::vector<Moment>> courses;
  for (const auto& shard : shards) {
    findings.merge(shard);
    courses.push_back(read_progress(shard));
  }
  auto moments = together(courses);
  const auto info = info_of(shards);
  if (!moments.empty()) {
    moments.back().findings = read_findings(directory).size();
    moments.back().clauses_reached =
        std::max<std::uint64_t>(moments.back().clauses_reached, info.clauses.size());
  }
  std::string lines;
  for (const Moment& moment : moments)
    lines += to_line(moment);
  gather_kernel(directory, shards);
  write_campaign_info(directory, info);
  write_durably(directory / "progress.jsonl", lines);
}

}  // namespace natstep::harness
