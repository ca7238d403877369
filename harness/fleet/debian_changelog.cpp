// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/debian_changelog.h"

#include "harness/fleet/apt.h"
#include "harness/fleet/archive.h"
#include "harness/fleet/debian_version.h"
#include "harness/fleet/kernel_store.h"
#include "harness/scenario/scenario_block.h"
#include "netns/error.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

namespace natstep::harness {
namespace {

namespace fs = std::filesystem;

constexpr std::array topics{"netfilter", "conntrack", "nf_nat",  "nf_tables", "nft_",
                            "nfnetlink", "nf_ct",     "xtables", "iptables",  "nfqueue"};

/// "6.1.192-2" of "linux-signed-amd64 (6.1.192+2) bookworm-security; urgency=high"; nothing when
/// the line is no entry's first. Signed packages write a plus where the others have a dash.
std::string version_in(std::string_view line) {
  const auto open = line.find(" (");
  const auto close = line.find(')');
  if (line.empty() || line.front() == ' ' || open == std::string_view::npos) return {};
  if (close == std::string_view::npos || close < open) return {};
  std::string version(line.substr(open + 2, close - open - 2));
  if (line.find("-signed") < open)
    if (const auto plus = version.find('+'); plus != std::string::npos) version[plus] = '-';
  return version;
}

std::string_view trimmed(std::string_view line) {
  const auto first = line.find_first_not_of(' ');
  return first == std::string_view::npos ? std::string_view() : line.substr(first);
}

bool begins_item(std::string_view text) {
  return text.starts_with("- ") || text.starts_with("* ") || text.starts_with("[");
}

bool is_on_topic(std::string_view item) {
  return std::ranges::any_of(
      topics, [&](const char* topic) { return item.find(topic) != std::string_view::npos; });
}

/// A backport, "6.12.117-1~deb12u1", sorts before what it is a backport of, "6.12.117-1", and has
/// all of it.
bool has_all_of(std::string_view version, std::string_view older) {
  const bool backport = version.starts_with(older) && version.substr(older.size()).starts_with('~');
  return backport || compare_versions(older, version) <= 0;
}

class Reading {
 public:
  Reading(std::string_view before, std::string_view after) : before_(before), after_(after) {}

  void read(std::string_view line) {
    if (const std::string version = version_in(line); !version.empty()) {
      finish();
      wanted_ = has_all_of(after_, version) && !has_all_of(before_, version);
      return;
    }
    const std::string_view text = trimmed(line);
    if (begins_item(text) || text.empty() || text.starts_with("-- ")) finish();
    if (wanted_ && (begins_item(text) || !item_.empty()))
      item_ += (item_.empty() ? "" : " ") + std::string(text);
  }

  std::vector<std::string> take() {
    finish();
    return std::move(items_);
  }

 private:
  void finish() {
    if (is_on_topic(item_)) items_.push_back(item_.substr(2));
    item_.clear();
  }

  std::string_view before_;
  std::string_view after_;
  bool wanted_ = false;
  std::string item_;
  std::vector<std::string> items_;
};

/// A folder of its own that goes with this object.
class Folder {
 public:
  Folder() : path_(cache_folder() / fmt::format("changelog-{}", ::getpid())) {
    fs::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

std::vector<std::string> netfilter_changes(std::string_view changelog, std::string_view before,
                                           std::string_view after) {
  Reading reading(before, after);
  for (const std::string_view line : split_lines(changelog))
    reading.read(line);
  return reading.take();
}

std::string fetch_changelog(const PackagedKernel& kernel) {
  const Apt apt(cache_folder() / "apt");
  const auto is_changelog = [](std::string_view path) {
    return path.find("/changelog.Debian.gz") != std::string_view::npos ||
           path.find("/changelog.gz") != std::string_view::npos;
  };
  for (const PackageRecord& package : kernel.packages) {
    const Folder folder;
    std::string packed;
    read_deb(apt.download(package, folder.path()), is_changelog,
             [&](std::string_view, std::string content) { packed = std::move(content); });
    if (!packed.empty()) return decompressed(packed);
  }
  netns::throw_failed(fmt::format("the packages of {} contain no changelog", kernel.version));
}

}  // namespace natstep::harness
