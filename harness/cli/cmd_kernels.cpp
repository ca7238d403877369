// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/cli.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/options.h"
#include "harness/cli/runner.h"
#include "harness/fleet/build.h"
#include "harness/fleet/debian_version.h"
#include "harness/fleet/fetch.h"
#include "harness/fleet/kernel_store.h"
#include "harness/fleet/leftovers.h"
#include "harness/report/output.h"
#include "netns/error.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace natstep::harness {
namespace {

struct KernelsOptions {
  bool available = false;
  std::vector<std::string> versions;
  std::string path;
  std::string name;
  std::vector<std::string> names;
  bool all = false;
  bool leftovers = false;
  UmlBuild build;
};

std::string megabytes(std::uintmax_t bytes) {
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

int list_cached() {
  const KernelStore store;
  const std::vector<Kernel> kernels = store.list();
  std::uintmax_t total = 0;
  std::string out;
  for (const Kernel& kernel : kernels) {
    const std::uintmax_t bytes = bytes_below(kernel.folder);
    total += bytes;
    out += fmt::format("{:<22}  {:<4}  {:>9}  {}", kernel.name,
                       kernel.kind == KernelKind::uml ? "uml" : "qemu", megabytes(bytes),
                       kernel.release);
    if (kernel.virtual_time) out += "  (virtual time)";
    if (!kernel.lacks.empty()) out += fmt::format("  (without {})", fmt::join(kernel.lacks, ", "));
    out += '\n';
  }
  out += fmt::format("{} cached in {}, {}\n", kernels.size(), store.folder().native(),
                     megabytes(total));
  for (const Leftover& leftover : leftovers_in(cache_folder()))
    out += fmt::format("left of building: {}, {}\n", leftover.name,
                       megabytes(bytes_below(leftover.folder)));
  write_stdout(out);
  return exit_status::agreed;
}

int list_available() {
  const KernelStore store;
  std::string out;
  for (const PackagedKernel& kernel : available_kernels()) {
    const bool cached = store.find(kernel.version).has_value();
    const std::string remark = !kernel.problem.empty() ? kernel.problem : cached ? "cached" : "";
    out += fmt::format("{:<22}  {:<32}  {}\n", kernel.version, kernel.release, remark);
  }
  write_stdout(out);
  return exit_status::agreed;
}

int fetch(const std::vector<std::string>& versions) {
  KernelStore store;
  std::vector<PackagedKernel> kernels = available_kernels();
  for (const std::string& version : versions) {
    const Kernel kernel = fetch_nearest(kernels, version, store);
    write_stdout(fmt::format("{}  {}  {} modules  {}\n", kernel.name, kernel.release,
                             kernel.modules.size(), megabytes(bytes_below(kernel.folder))));
  }
  return exit_status::agreed;
}

int add(const KernelsOptions& options) {
  KernelStore store;
  const Kernel kernel = add_kernel(options.path, options.name, store);
  write_stdout(fmt::format("{}  {}\n", kernel.name, kernel.release));
  return exit_status::agreed;
}

int build(const KernelsOptions& options) {
  UmlBuild wanted = options.build;
  if (wanted.jobs == 0) wanted.jobs = usable_cpus();
  KernelStore store;
  const Kernel kernel = build_kernel(wanted, store);
  write_stdout(fmt::format("{}  {}  {}\n", kernel.name, kernel.release,
                           megabytes(bytes_below(kernel.folder))));
  return exit_status::agreed;
}

void remove(const std::string& name, const std::filesystem::path& folder) {
  const std::uintmax_t bytes = bytes_below(folder);
  std::filesystem::remove_all(folder);
  write_stdout(fmt::format("removed {}, {}\n", name, megabytes(bytes)));
}

void prune(const std::string& name) {
  if (const auto kernel = KernelStore().find(name)) return remove(kernel->name, kernel->folder);
  const std::vector<Leftover> meant = leftovers_meant(leftovers_in(cache_folder()), name);
  if (meant.empty()) throw UsageError(fmt::format("kernels prune: no kernel {} is cached", name));
  for (const Leftover& leftover : meant)
    remove(leftover.name, leftover.folder);
}

int prune(const KernelsOptions& options) {
  if (options.names.empty() && !options.all && !options.leftovers)
    throw UsageError("kernels prune: name kernels, or say --all or --leftovers");
  for (const std::string& name : options.names)
    prune(name);
  if (options.all)
    for (const Kernel& kernel : KernelStore().list())
      remove(kernel.name, kernel.folder);
  if (options.all || options.leftovers)
    for (const Leftover& leftover : leftovers_in(cache_folder()))
      remove(leftover.name, leftover.folder);
  return exit_status::agreed;
}

void add_building(CLI::App& kernels, Command& chosen, std::shared_ptr<KernelsOptions> options) {
  CLI::App* command =
      kernels.add_subcommand("build", "Build a user-mode Linux from Debian's source or a tree");
  command->add_option("--source", options->build.source, "\"6.12\": of linux-source-6.12")
      ->type_name("VERSION");
  command->add_option("--tree", options->build.tree, "A kernel tree")->type_name("FOLDER");
  command->add_flag("--virtual-time", options->build.virtual_time, "Waiting takes no time in it");
  command->add_flag("--kcov", options->build.kcov,
                    "It tells which of its NAT and conntrack was reached");
  command->add_flag("--kasan", options->build.kasan, "It watches for wrong accesses to memory");
  options->build.jobs = 0;
  add_jobs_option(*command, options->build.jobs);
  command->footer(
      "The kernel is called uml-VERSION, with -vt, -kcov, -kasan behind it.\n"
      "Example:\n"
      "  natstep kernels build --source 6.12 --virtual-time\n"
      "  natstep check --kernel uml-6.12-vt corpus/expiry\n");
  command->callback([&chosen, options] { chosen = [options] { return build(*options); }; });
}

}  // namespace

void add_kernels(CLI::App& program, Command& chosen) {
  auto options = std::make_shared<KernelsOptions>();
  CLI::App* command = program.add_subcommand(
      "kernels", "List, fetch and forget the kernels that --kernel can name");
  command->require_subcommand(0, 1);
  command->add_flag("--available", options->available, "List what Debian's suites have");
  command->callback([&chosen, command, options] {
    if (!command->get_subcommands().empty()) return;
    chosen = [options] { return options->available ? list_available() : list_cached(); };
  });

  CLI::App* fetching = command->add_subcommand("fetch", "Fetch packaged kernels of Debian");
  fetching->add_option("VERSION", options->versions, "\"6.12.117\", or a package's full version")
      ->required();
  fetching->callback(
      [&chosen, options] { chosen = [options] { return fetch(options->versions); }; });

  add_building(*command, chosen, options);

  CLI::App* adding = command->add_subcommand("add", "Take over a kernel of your own");
  adding->add_option("PATH", options->path, "A bzImage, a user-mode Linux, or a built kernel tree")
      ->required();
  adding->add_option("--name", options->name, "What --kernel shall call it (default: its release)");
  adding->callback([&chosen, options] { chosen = [options] { return add(*options); }; });

  CLI::App* pruning = command->add_subcommand(
      "prune", "Remove kernels, and what building them left, from the cache");
  pruning->add_option("NAME", options->names,
                      "Kernels and leftovers, as `natstep kernels` lists them");
  pruning->add_flag("--all", options->all, "All of them");
  pruning->add_flag("--leftovers", options->leftovers,
                    "Sources and objects from which kernels were built; the kernels stay");
  pruning->callback([&chosen, options] { chosen = [options] { return prune(*options); }; });
}

}  // namespace natstep::harness
