// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/build.h"

#include "harness/cli/exit_code.h"
#include "harness/fleet/apt.h"
#include "harness/fleet/archive.h"
#include "harness/fleet/command.h"
#include "harness/fleet/debian_version.h"
#include "harness/fleet/fetch.h"
#include "harness/fleet/source_fixes.h"
#include "harness/report/output.h"
#include "harness/scenario/scenario_block.h"
#include "netns/child.h"
#include "netns/error.h"

#include <algorithm>
#include <cstdio>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

namespace fs = std::filesystem;

fs::path sources_folder() {
  return cache_folder() / "sources";
}

PackageRecord newest_of(const Apt& apt, const std::string& package) {
  const std::vector<PackageRecord> versions = apt.versions_of(package);
  const auto newest = std::ranges::max_element(versions, [](const auto& left, const auto& right) {
    return compare_versions(left.version, right.version) < 0;
  });
  if (newest == versions.end())
    throw UsageError(fmt::format("kernels build: Debian has no package {}", package));
  return *newest;
}

/// The archive in the package, as a file beside it.
fs::path archive_of(const fs::path& deb) {
  const fs::path archive = deb.parent_path() / "source.tar.xz";
  const auto wanted = [](std::string_view path) { return path.ends_with(".tar.xz"); };
  read_deb(deb, wanted,
           [&](std::string_view, const std::string& content) { write_file(archive, content); });
  return archive;
}

/// Unpacked once, below a name that says the version; what is half done has another name.
fs::path source_tree(const std::string& version) {
  Apt apt(cache_folder() / "apt");
  apt.update();
  const PackageRecord package = newest_of(apt, "linux-source-" + version);
  const fs::path tree = sources_folder() / fmt::format("{}_{}", package.name, package.version);
  if (fs::exists(tree)) return tree;
  fmt::print(stderr, "natstep: fetching {} {}\n", package.name, package.version);
  const fs::path scratch = sources_folder() / ("." + package.name);
  fs::remove_all(scratch);
  fs::create_directories(scratch / "tree");
  const fs::path archive = archive_of(apt.download(package, scratch));
  output_of(
      {"tar", "-xJf", archive.native(), "-C", (scratch / "tree").native(), "--strip-components=1"});
  fs::rename(scratch / "tree", tree);
  fs::remove_all(scratch);
  return tree;
}

/// What a campaign wants to see: where NAT and conntrack handle packets, and ICMP errors come and
/// go. Were all of the kernel told, the rest of it would drown this.
std::vector<fs::path> instrumented_sources(const fs::path& tree) {
  std::vector<fs::path> sources{"net/ipv4/icmp.c", "net/ipv6/icmp.c"};
  for (const char* folder : {"net/netfilter", "net/ipv4/netfilter", "net/ipv6/netfilter"}) {
    const bool whole = std::string_view(folder) != "net/netfilter";
    for (const auto& entry : fs::directory_iterator(tree / folder)) {
      const std::string name = entry.path().filename();
      if (name.ends_with(".c") &&
          (whole || name.starts_with("nf_nat_") || name.starts_with("nf_conntrack_")))
        sources.push_back(fs::path(folder) / name);
    }
  }
  std::ranges::sort(sources);
  return sources;
}

/// The same source makes the same program, whenever and wherever it is built (reproducible-builds
/// in the kernel's documentation): so a bisection sees that two builds do not differ.
std::vector<std::string> build_environment() {
  return {"KBUILD_BUILD_TIMESTAMP=1970-01-01", "KBUILD_BUILD_USER=natstep",
          "KBUILD_BUILD_HOST=natstep", "KBUILD_BUILD_VERSION=1", "LOCALVERSION="};
}

void run_make(std::vector<std::string> words, const std::vector<std::string>& environment,
              const fs::path& log) {
  const CommandResult result = run_command(std::move(words), environment);
  write_file(log, result.output + result.errors);
  if (result.exit_status == 0) return;
  std::string error = first_error(result.errors + "\n" + result.output);
  if (error.empty()) error = fmt::format("make ended with status {}", result.exit_status);
  netns::throw_failed(
      fmt::format("the kernel does not build: {}\n  the whole log: {}", error, log.native()));
}

void require_tools() {
  for (const char* tool : {"make", "gcc", "flex", "bison", "bc"})
    if (netns::find_program(tool).empty())
      netns::throw_missing(fmt::format("{} is not installed, and kernels are built with it", tool),
                           "apt-get install --no-install-recommends build-essential flex bison bc");
}

}  // namespace

std::string name_of(const UmlBuild& build) {
  std::string name = "uml-" + build.source;
  if (build.virtual_time) name += "-vt";
  if (build.kcov) name += "-kcov";
  if (build.kasan) name += "-kasan";
  return name;
}

std::string config_of(const UmlBuild& build) {
  std::string config = uml_config;
  if (build.virtual_time) config += "CONFIG_UML_TIME_TRAVEL_SUPPORT=y\n";
  if (build.kcov || build.kasan) config += "CONFIG_DEBUG_KERNEL=y\nCONFIG_DEBUG_FS=y\n";
  if (build.kcov) config += "CONFIG_KCOV=y\nCONFIG_KCOV_INSTRUMENT_ALL=n\n";
  if (build.kasan) config += "CONFIG_KASAN=y\nCONFIG_STACKTRACE=y\n";
  return config;
}

std::vector<std::string> kcov_words(const fs::path& tree) {
  std::vector<std::string> words;
  for (const fs::path& source : instrumented_sources(tree)) {
    words.push_back(fmt::format("KCOV_INSTRUMENT_{}.o=y", source.stem().native()));
    // So that a campaign can tell which lines it did not reach.
    words.push_back(fmt::format("CFLAGS_{}.o=-g", source.stem().native()));
  }
  return words;
}

std::string first_error(std::string_view output) {
  for (const std::string_view sign : {"error:", "undefined reference", "*** "})
    for (const std::string_view line : split_lines(output))
      if (line.find(sign) != std::string_view::npos) return std::string(line);
  return {};
}

fs::path make_uml(const fs::path& tree, const fs::path& objects, const UmlBuild& build) {
  require_tools();
  fs::create_directories(objects);
  const fs::path choice = objects / "natstep.config";
  const fs::path log = objects / "natstep.log";
  write_file(choice, config_of(build));
  std::vector<std::string> words{"make",        "-C",
                                 tree.native(), "O=" + objects.native(),
                                 "ARCH=um",     "CC=" + write_compiler(objects).native()};
  std::vector<std::string> configure = words;
  configure.emplace_back("allnoconfig");
  run_make(std::move(configure), {"KCONFIG_ALLCONFIG=" + choice.native()}, log);
  words.insert(words.end(), {fmt::format("-j{}", build.jobs), "linux"});
  if (build.kcov) {
    const auto instrumented = kcov_words(tree);
    words.insert(words.end(), instrumented.begin(), instrumented.end());
  }
  run_make(std::move(words), build_environment(), log);
  if (build.kcov) return objects / "linux";
  const fs::path program = objects / "linux.stripped";
  output_of({"strip", "-o", program.native(), (objects / "linux").native()});
  return program;
}

Kernel build_kernel(UmlBuild build, KernelStore& store) {
  const bool packaged = build.tree.empty();
  if (packaged && build.source.empty())
    throw UsageError("kernels build: say --source VERSION or --tree FOLDER");
  if (!packaged && !fs::exists(build.tree / "Kbuild"))
    throw UsageError(fmt::format("{}: no kernel tree", build.tree.native()));
  const fs::path tree = packaged ? source_tree(build.source) : fs::canonical(build.tree);
  if (build.source.empty()) build.source = tree.filename().native();
  const std::string name = name_of(build);
  const fs::path objects = cache_folder() / "build" / name;
  fmt::print(stderr, "natstep: building {}, which takes some minutes\n", name);
  const fs::path program = make_uml(tree, objects, build);
  Kernel kernel = add_kernel(program, name, store);
  fs::remove_all(objects);
  return kernel;
}

}  // namespace natstep::harness
