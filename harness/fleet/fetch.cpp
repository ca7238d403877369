// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/fetch.h"

#include "harness/cli/exit_code.h"
#include "harness/fleet/apt.h"
#include "harness/fleet/archive.h"
#include "harness/fleet/command.h"
#include "harness/fleet/file.h"
#include "harness/fleet/kernel_modules.h"
#include "harness/report/output.h"
#include "netns/dut.h"
#include "netns/error.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace natstep::harness {
namespace {

namespace fs = std::filesystem;

/// What has to be a module or built in for natstep to work at all.
constexpr std::array needed{"tun", "nf_tables", "nf_nat", "nf_conntrack_netlink", "nfnetlink_log"};

/// A module of a package, decompressed when it is first looked at.
struct PackedModule {
  std::string path;
  std::string content;
  ModuleInfo info;
  bool open = false;
};

class Unpacked {
 public:
  void read(const fs::path& deb) {
    const auto wanted = [](std::string_view path) {
      return path.starts_with("boot/vmlinuz-") || path.ends_with("/vmlinuz") ||
             path.starts_with("boot/config-") || path.ends_with("/config") ||
             path.ends_with("/modules.builtin") || !module_name(path).empty();
    };
    read_deb(deb, wanted, [this](std::string_view path, std::string content) {
      keep(path, std::move(content));
    });
  }

  /// Writes the kernel's files and completes its description.
  void write_into(Kernel& kernel) {
    if (image_.empty())
      netns::throw_failed(fmt::format("{}: there is no vmlinuz in it", kernel.origin));
    kernel.image = kernel.folder / "vmlinuz";
    write_file(kernel.image, image_);
    kernel.modules = load_order(wanted_, [this](const std::string& name) { return info(name); });
    require_modules(kernel);
    for (const std::string& name : kernel.modules)
      write_file(kernel.folder / "modules" / (name + ".ko"), modules_.at(name).content);
    note_what_it_lacks(kernel);
  }

 private:
  void keep(std::string_view path, std::string content) {
    const std::string name = module_name(path);
    if (!name.empty()) {
      if (is_wanted_module(path)) wanted_.push_back(name);
      modules_[name] = {.path = std::string(path), .content = std::move(content), .info = {}};
    } else if (path.find("vmlinuz") != std::string_view::npos) {
      image_ = std::move(content);
    } else if (path.ends_with("/modules.builtin")) {
      built_in_ = std::move(content);
    } else {
      config_ = std::move(content);
    }
  }

  PackedModule* open(const std::string& name) {
    const auto found = modules_.find(name);
    if (found == modules_.end()) return nullptr;
    PackedModule& module = found->second;
    if (!std::exchange(module.open, true)) {
      if (!module.path.ends_with(".ko")) module.content = decompressed(module.content);
      module.info = module_info(module.content);
    }
    return &module;
  }

  /// By name, or by an alias that a soft dependency uses ("crc32c" of crc32c_generic).
  const ModuleInfo* info(const std::string& name) {
    const PackedModule* module = open(name);
    return module != nullptr ? &module->info : nullptr;
  }

  void require_modules(const Kernel& kernel) const {
    std::vector<std::string> missing;
    for (const char* name : needed) {
      const bool built_in = built_in_.find(fmt::format("/{}.ko", name)) != std::string::npos;
      if (!built_in && std::ranges::find(kernel.modules, name) == kernel.modules.end())
        missing.emplace_back(name);
    }
    if (!missing.empty())
      netns::throw_failed(fmt::format("{}: natstep needs modules that it does not have: {}",
                                      kernel.origin, fmt::join(missing, ", ")));
  }

  void note_what_it_lacks(Kernel& kernel) const {
    constexpr std::array trackers{std::pair{"CONFIG_NF_CT_PROTO_DCCP=", "DCCP"},
                                  std::pair{"CONFIG_NF_CT_PROTO_SCTP=", "SCTP"},
                                  std::pair{"CONFIG_NF_CT_PROTO_UDPLITE=", "UDP-Lite"},
                                  std::pair{"CONFIG_NF_CT_PROTO_GRE=", "GRE"}};
    if (config_.empty()) return;
    for (const auto& [option, protocol] : trackers)
      if (config_.find(option) == std::string::npos) kernel.lacks.emplace_back(protocol);
  }

  std::string image_;
  std::string config_;
  std::string built_in_;
  std::map<std::string, PackedModule> modules_;
  std::vector<std::string> wanted_;
};

/// An index can list packages for a while that its mirror has thrown away. Which ones were asked
/// for in vain is remembered for a day.
constexpr const char* gone_remark =
    "the index still lists its package, but the mirror no longer has it (404)";

fs::path gone_list() {
  return cache_folder() / "gone";
}

std::set<std::string> known_to_be_gone() {
  constexpr std::chrono::hours day{24};
  std::error_code absent;
  const auto written = fs::last_write_time(gone_list(), absent);
  if (absent || fs::file_time_type::clock::now() - written > day) return {};
  std::set<std::string> versions;
  std::ifstream stream(gone_list());
  for (std::string version; std::getline(stream, version);)
    versions.insert(version);
  return versions;
}

void remember_as_gone(const std::string& version) {
  std::set<std::string> versions = known_to_be_gone();
  versions.insert(version);
  write_file(gone_list(), fmt::format("{}\n", fmt::join(versions, "\n")));
}

bool is_gone(const netns::EnvironmentError& error) {
  return std::string_view(error.what()).find("(404)") != std::string_view::npos;
}

void download_into(Kernel& kernel, const PackagedKernel& packaged) {
  const Apt apt(cache_folder() / "apt");
  const fs::path debs = kernel.folder / "debs";
  fs::create_directories(debs);
  Unpacked unpacked;
  for (const PackageRecord& package : packaged.packages)
    unpacked.read(apt.download(package, debs));
  fs::remove_all(debs);
  unpacked.write_into(kernel);
}

/// A tree that was built has the one or the other.
fs::path image_of(const fs::path& path) {
  if (!fs::is_directory(path)) return path;
  for (const char* place : {"arch/x86/boot/bzImage", "linux"})
    if (fs::is_regular_file(path / place)) return path / place;
  throw UsageError(fmt::format(
      "{}: neither arch/x86/boot/bzImage nor linux was built in this folder", path.native()));
}

bool is_program(std::string_view content) {
  return content.starts_with(
      "\x7f"
      "ELF");
}

/// One that was built with UML_TIME_TRAVEL_SUPPORT knows the option.
bool can_travel_in_time(std::string_view program) {
  return program.find("time-travel=") != std::string_view::npos;
}

/// A user-mode kernel says which one it is.
std::string release_of_program(const fs::path& program) {
  const CommandResult result = run_command({fs::absolute(program).native(), "--version"});
  const std::string line = result.output.substr(0, result.output.find('\n'));
  return result.exit_status == 0 ? line : std::string();
}

}  // namespace

std::string release_in_image(std::string_view image) {
  // The x86 boot protocol: "HdrS" at 0x202, and at 0x20e where the version's text is, less 0x200.
  constexpr std::size_t magic_at = 0x202;
  constexpr std::size_t pointer_at = 0x20e;
  if (image.size() < 0x300 || image.substr(magic_at, 4) != "HdrS") return {};
  std::uint16_t pointer = 0;
  std::memcpy(&pointer, image.data() + pointer_at, sizeof pointer);
  const std::size_t at = pointer + std::size_t{0x200};
  if (at >= image.size()) return {};
  const std::string_view text = image.substr(at, 256);
  return std::string(text.substr(0, text.find_first_of(std::string_view(" \0", 2))));
}

std::vector<PackagedKernel> available_kernels() {
  Apt apt(cache_folder() / "apt");
  apt.update();
  std::vector<PackagedKernel> kernels = packaged_kernels(apt.kernel_packages(flavour), flavour);
  const std::set<std::string> gone = known_to_be_gone();
  for (PackagedKernel& kernel : kernels)
    if (kernel.problem.empty() && gone.contains(kernel.version)) kernel.problem = gone_remark;
  return kernels;
}

Kernel fetch_kernel(const PackagedKernel& packaged, KernelStore& store) {
  Kernel kernel;
  kernel.name = packaged.version;
  kernel.release = packaged.release;
  kernel.origin = fmt::format("linux-image-{} {}", packaged.release, packaged.version);
  try {
    return store.put(std::move(kernel), [&](Kernel& fresh) { download_into(fresh, packaged); });
  } catch (const netns::EnvironmentError& error) {
    if (is_gone(error)) remember_as_gone(packaged.version);
    throw;
  }
}

Kernel fetch_nearest(std::vector<PackagedKernel>& kernels, const std::string& wanted,
                     KernelStore& store) {
  for (;;) {
    const Resolved resolved = resolve(kernels, wanted);
    if (resolved.kernel == nullptr) throw UsageError(resolved.remark);
    if (!resolved.remark.empty())
      fmt::print(stderr, "natstep: {}; taking {}, the nearest that can be had\n", resolved.remark,
                 resolved.kernel->version);
    if (auto cached = store.find(resolved.kernel->version)) return *std::move(cached);
    try {
      return fetch_kernel(*resolved.kernel, store);
    } catch (const netns::EnvironmentError& error) {
      if (!is_gone(error)) throw;
      const std::string version = resolved.kernel->version;
      std::ranges::find(kernels, version, &PackagedKernel::version)->problem = gone_remark;
    }
  }
}

Kernel add_kernel(const fs::path& path, const std::string& name, KernelStore& store) {
  std::error_code error;
  if (!fs::exists(path, error))
    throw UsageError(fmt::format("{}: no such file or folder", path.native()));
  const fs::path image = image_of(path);
  const std::string content = content_of(image);
  const bool uml = is_program(content);
  const std::string release = uml ? release_of_program(image) : release_in_image(content);
  if (release.empty())
    throw UsageError(fmt::format("{}: neither a bzImage nor a user-mode Linux", image.native()));
  Kernel kernel;
  kernel.name = !name.empty() ? name : (uml ? "uml-" : "") + release;
  kernel.kind = uml ? KernelKind::uml : KernelKind::pc;
  kernel.release = release;
  kernel.origin = fs::absolute(image).native();
  kernel.virtual_time = uml && can_travel_in_time(content);
  return store.put(std::move(kernel), [&](Kernel& fresh) {
    fresh.image = fresh.folder / (uml ? "linux" : "vmlinuz");
    fs::copy_file(image, fresh.image);
  });
}

}  // namespace natstep::harness
