// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/kernel_store.h"

#include "harness/fleet/debian_version.h"
#include "harness/report/output.h"
#include "netns/error.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace natstep::harness {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr const char* manifest = "kernel.json";

std::string to_text(const Kernel& kernel) {
  const ordered_json j{{"name", kernel.name},
                       {"kind", kernel.kind == KernelKind::uml ? "uml" : "pc"},
                       {"release", kernel.release},
                       {"origin", kernel.origin},
                       {"image", kernel.image.filename().native()},
                       {"modules", kernel.modules},
                       {"lacks", kernel.lacks},
                       {"virtual_time", kernel.virtual_time}};
  return j.dump(2) + "\n";
}

std::optional<Kernel> read(const fs::path& folder) {
  std::ifstream file(folder / manifest);
  const auto j = nlohmann::json::parse(file, nullptr, false);
  if (j.is_discarded() || !j.is_object()) return std::nullopt;
  try {
    return Kernel{.name = j.at("name"),
                  .kind = j.at("kind") == "uml" ? KernelKind::uml : KernelKind::pc,
                  .release = j.at("release"),
                  .origin = j.at("origin"),
                  .folder = folder,
                  .image = folder / j.at("image").get<std::string>(),
                  .modules = j.at("modules"),
                  .lacks = j.at("lacks"),
                  .virtual_time = j.value("virtual_time", false)};
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;  // of another natstep
  }
}

bool is_older(const Kernel& left, const Kernel& right) {
  if (left.kind != right.kind) return left.kind == KernelKind::pc;
  return compare_versions(left.name, right.name) < 0;
}

bool is_meant(const Kernel& kernel, std::string_view wanted) {
  return kernel.name == wanted || kernel.release == wanted ||
         upstream_version(kernel.name) == wanted;
}

/// Removes a folder that never got its name.
class Scratch {
 public:
  explicit Scratch(fs::path path) : path_(std::move(path)) {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

 private:
  fs::path path_;
};

}  // namespace

fs::path cache_folder() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/')
    return fs::path(cache) / "natstep";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/')
    return fs::path(home) / ".cache/natstep";
  netns::throw_missing("there is no place for cached kernels", "set XDG_CACHE_HOME or HOME");
}

std::string version_of(const Kernel& kernel) {
  const bool packaged = kernel.origin.starts_with("linux-image-");
  return packaged ? upstream_version(kernel.name) : kernel.release;
}

KernelStore::KernelStore(fs::path folder) : folder_(std::move(folder)) {}

std::vector<Kernel> KernelStore::list() const {
  std::vector<Kernel> kernels;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(folder_, absent)) {
    if (entry.path().filename().native().starts_with('.')) continue;
    if (auto kernel = read(entry.path())) kernels.push_back(std::move(*kernel));
  }
  std::ranges::sort(kernels, is_older);
  return kernels;
}

std::optional<Kernel> KernelStore::find(std::string_view wanted) const {
  std::optional<Kernel> found;
  for (Kernel& kernel : list()) {
    if (kernel.name == wanted) return std::move(kernel);
    if (!is_meant(kernel, wanted)) continue;
    // By its version alone a packaged kernel is meant: it is the one that others have, too.
    if (found && found->kind == KernelKind::pc && kernel.kind == KernelKind::uml) continue;
    found = std::move(kernel);
  }
  return found;
}

Kernel KernelStore::put(Kernel kernel, const std::function<void(Kernel& kernel)>& fill) {
  prepare_folder(folder_);
  const fs::path scratch = folder_ / fmt::format(".{}.{}", kernel.name, ::getpid());
  const Scratch guard(scratch);
  kernel.folder = scratch;
  fs::create_directories(scratch / "modules");
  fill(kernel);
  write_file(scratch / manifest, to_text(kernel));
  const fs::path place = folder_ / kernel.name;
  fs::remove_all(place);
  fs::rename(scratch, place);
  kernel.folder = place;
  kernel.image = place / kernel.image.filename();
  return kernel;
}

}  // namespace natstep::harness
