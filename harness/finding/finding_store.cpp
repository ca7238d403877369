// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/finding/finding_store.h"

#include "harness/finding/durable.h"
#include "harness/report/output.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace natstep::harness {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

constexpr const char* signature_file = "signature.txt";

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string to_text(const Sightings& seen) {
  return ordered_json{{"count", seen.count}, {"first", seen.first}, {"last", seen.last}}.dump() +
         "\n";
}

std::optional<Sightings> read_sightings(const fs::path& path) {
  const json j = json::parse(read_text(path), nullptr, false);
  if (!j.is_object()) return std::nullopt;
  try {
    return Sightings{.count = j.at("count"), .first = j.at("first"), .last = j.at("last")};
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

Sightings both(const Sightings& a, const Sightings& b) {
  if (a.count == 0) return b;
  return {.count = a.count + b.count,
          .first = std::min(a.first, b.first),
          .last = std::max(a.last, b.last)};
}

/// Its own sightings and those that were taken over: seen.json, seen.ORIGIN.json.
Sightings all_sightings(const fs::path& folder) {
  Sightings sum;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("seen.") || !name.ends_with("json")) continue;
    if (const auto seen = read_sightings(entry.path())) sum = both(sum, *seen);
  }
  return sum;
}

std::optional<StoredFinding> read_finding(const fs::path& folder) {
  std::string text = read_text(folder / signature_file);
  while (text.ends_with('\n'))
    text.pop_back();
  const auto signature = parse_signature(text);
  if (!signature) return std::nullopt;
  return StoredFinding{.signature = *signature, .seen = all_sightings(folder), .folder = folder};
}

/// The files of a finding that is taken over; its sightings go by another name.
std::vector<FileOfFinding> files_in(const fs::path& folder) {
  std::vector<FileOfFinding> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (entry.is_regular_file() && !name.starts_with("seen.") && !name.starts_with('.'))
      files.push_back({.name = name, .content = read_text(entry.path())});
  }
  return files;
}

/// Where sightings that come from another store are counted, so that they are counted once.
std::string sightings_from(const fs::path& store) {
  const auto hash = std::hash<std::string>{}(fs::absolute(store).lexically_normal().native());
  return fmt::format("seen.{:016x}.json", hash);
}

}  // namespace

FindingStore::FindingStore(fs::path directory, const std::string& writer)
    : directory_(std::move(directory) / "findings"),
      incoming_(".incoming" + (writer.empty() ? "" : "." + writer)),
      own_sightings_(writer.empty() ? "seen.json" : fmt::format("seen.{}.json", writer)) {
  prepare_folder(directory_);
  const Descriptor lock = hold_lock(directory_ / ".lock");
  // Whoever writes holds the lock: what lies there without is left over.
  std::error_code ignored;
  fs::remove_all(directory_ / incoming_, ignored);
}

fs::path FindingStore::folder_of(const Signature& signature) const {
  return directory_ / folder_name(signature);
}

bool FindingStore::knows(const Signature& signature) const {
  return fs::exists(folder_of(signature));
}

Added FindingStore::add(const Signature& signature, const std::vector<FileOfFinding>& files,
                        std::uint64_t now) {
  const Descriptor lock = hold_lock(directory_ / ".lock");
  const fs::path folder = folder_of(signature);
  if (fs::exists(folder)) {
    auto seen = read_sightings(folder / own_sightings_).value_or(Sightings{.first = now});
    ++seen.count;
    seen.last = now;
    write_durably(folder / own_sightings_, to_text(seen));
    return Added::is_known;
  }
  auto all = files;
  all.push_back({.name = signature_file, .content = to_string(signature) + "\n"});
  all.push_back(
      {.name = own_sightings_, .content = to_text({.count = 1, .first = now, .last = now})});
  make_folder_durably(folder, directory_ / incoming_ / folder.filename(), all);
  return Added::is_new;
}

std::size_t FindingStore::merge(const fs::path& from) {
  std::size_t fresh = 0;
  const std::string counted_in = sightings_from(from);
  for (const StoredFinding& finding : read_findings(from)) {
    const Descriptor lock = hold_lock(directory_ / ".lock");
    const fs::path folder = folder_of(finding.signature);
    if (!fs::exists(folder)) {
      auto files = files_in(finding.folder);
      files.push_back({.name = counted_in, .content = to_text(finding.seen)});
      make_folder_durably(folder, directory_ / incoming_ / folder.filename(), files);
      ++fresh;
    } else {
      write_durably(folder / counted_in, to_text(finding.seen));
    }
  }
  return fresh;
}

std::vector<StoredFinding> read_findings(const fs::path& directory) {
  std::vector<StoredFinding> findings;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory / "findings", error)) {
    if (!entry.is_directory() || entry.path().filename().native().starts_with('.')) continue;
    if (auto finding = read_finding(entry.path())) findings.push_back(std::move(*finding));
  }
  std::ranges::sort(findings, [](const StoredFinding& a, const StoredFinding& b) {
    return std::pair(a.seen.first, a.folder) < std::pair(b.seen.first, b.folder);
  });
  return findings;
}

}  // namespace natstep::harness
