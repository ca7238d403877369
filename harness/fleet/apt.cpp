// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/apt.h"

#include "harness/fleet/command.h"
#include "harness/report/output.h"
#include "harness/scenario/scenario_block.h"
#include "netns/error.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

namespace fs = std::filesystem;

constexpr const char* debian_keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

constexpr std::array archive_suites{"bullseye",         "bookworm", "bookworm-backports", "trixie",
                                    "trixie-backports", "sid",      "experimental"};
constexpr std::array security_suites{"bullseye-security", "bookworm-security", "trixie-security"};

bool is_debian_suite(std::string_view codename) {
  return std::ranges::any_of(archive_suites, [&](std::string_view suite) {
    return codename == suite || codename.starts_with(std::string(suite) + "-");
  });
}

}  // namespace

Mirrors mirrors_in(std::string_view index_targets) {
  Mirrors mirrors;
  for (const std::string_view line : split_lines(index_targets)) {
    const auto blank = line.find(' ');
    if (blank == std::string_view::npos || !is_debian_suite(line.substr(blank + 1))) continue;
    const std::string_view uri = line.substr(0, blank);
    const bool security = line.ends_with("-security");
    std::string& mirror = security ? mirrors.security : mirrors.archive;
    if (mirror.empty()) mirror = uri;
  }
  return mirrors;
}

std::string sources_text(const Mirrors& mirrors, const std::string& keyring) {
  std::string text;
  const auto add = [&](const std::string& mirror, std::string_view suite) {
    text += fmt::format("deb [arch=amd64 signed-by={}] {} {} main\n", keyring, mirror, suite);
  };
  for (const std::string_view suite : archive_suites)
    add(mirrors.archive, suite);
  if (mirrors.security.empty()) return text;
  for (const std::string_view suite : security_suites)
    add(mirrors.security, suite);
  return text;
}

std::string apt_complaint(std::string_view errors) {
  if (errors.find("404") != std::string_view::npos) return "the mirror no longer has it (404)";
  for (const std::string_view line : split_lines(errors))
    if (line.starts_with("E: ")) return std::string(line.substr(3));
  return "apt gives no reason";
}

Apt::Apt(fs::path root) : root_(std::move(root)) {
  std::error_code error;
  for (const char* folder : {"state/lists/partial", "cache/archives/partial"})
    fs::create_directories(root_ / folder, error);
  prepare_folder(root_);
}

std::vector<std::string> Apt::words(std::vector<std::string> command) const {
  const auto option = [&](const char* name, const fs::path& value) {
    command.insert(command.begin() + 1, {"-o", fmt::format("{}={}", name, value.native())});
  };
  option("Dir::Etc::SourceList", root_ / "sources.list");
  option("Dir::Etc::SourceParts", "/dev/null");
  option("Dir::Etc::Preferences", "/dev/null");
  option("Dir::Etc::PreferencesParts", "/dev/null");
  option("Dir::State", root_ / "state");
  option("Dir::State::status", "/dev/null");
  option("Dir::Cache", root_ / "cache");
  option("APT::Architecture", "amd64");
  option("APT::Sandbox::User", "root");  // the folder is ours alone
  option("Acquire::Languages", "none");
  return command;
}

bool Apt::lists_are_fresh() const {
  std::error_code absent;
  const auto written = fs::last_write_time(root_ / "fetched", absent);
  return !absent && fs::file_time_type::clock::now() - written < std::chrono::hours(24);
}

void Apt::update() {
  if (lists_are_fresh()) return;
  const std::string targets =
      output_of({"apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME)"});
  const Mirrors mirrors = mirrors_in(targets);
  if (mirrors.archive.empty())
    netns::throw_missing(
        "this machine's apt knows no mirror of Debian",
        "add one to its sources, or give a kernel's file to `natstep kernels add`");
  write_file(root_ / "sources.list", sources_text(mirrors, debian_keyring));
  const CommandResult result = run_command(words({"apt-get", "-qq", "update"}));
  if (result.exit_status != 0)
    netns::throw_failed(
        fmt::format("the package lists cannot be fetched: {}", apt_complaint(result.errors)));
  write_file(root_ / "fetched", "");
}

std::vector<PackageRecord> Apt::kernel_packages(std::string_view flavour) const {
  std::vector<std::string> show = words({"apt-cache", "show"});
  const std::string names = output_of(words({"apt-cache", "pkgnames", "linux-"}));
  for (const std::string_view name : split_lines(names)) {
    const bool kernel = name.starts_with("linux-image-") || name.starts_with("linux-binary-") ||
                        name.starts_with("linux-modules-");
    if (kernel && name.ends_with(fmt::format("-{}", flavour))) show.emplace_back(name);
  }
  return parse_stanzas(output_of(show));
}

std::vector<PackageRecord> Apt::versions_of(const std::string& package) const {
  const CommandResult result = run_command(words({"apt-cache", "show", package}));
  return parse_stanzas(result.output);
}

fs::path Apt::download(const PackageRecord& package, const fs::path& folder) const {
  const std::string what = fmt::format("{}={}", package.name, package.version);
  const CommandResult result =
      run_command(words({"apt-get", "-qq", "download", what}), {}, folder.native());
  if (result.exit_status != 0)
    netns::throw_failed(fmt::format("package {} {}: {}", package.name, package.version,
                                    apt_complaint(result.errors)));
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().filename().native().starts_with(package.name + "_")) return entry.path();
  netns::throw_failed(fmt::format("package {}: apt downloaded no file", package.name));
}

}  // namespace natstep::harness
