// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/package_index.h"

#include "harness/fleet/debian_version.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

/// A package below this size has no kernel in it.
constexpr std::uint64_t smallest_kernel = 4 << 20;  // bytes

std::string_view value_of(std::string_view line, std::string_view field) {
  if (!line.starts_with(field)) return {};
  line.remove_prefix(field.size());
  while (line.starts_with(' '))
    line.remove_prefix(1);
  return line;
}

void read_line(std::string_view line, PackageRecord& record) {
  if (const auto name = value_of(line, "Package:"); !name.empty()) record.name = name;
  if (const auto version = value_of(line, "Version:"); !version.empty()) record.version = version;
  if (const auto size = value_of(line, "Size:"); !size.empty())
    std::from_chars(size.data(), size.data() + size.size(), record.size);
}

const PackageRecord* find(const std::vector<PackageRecord>& records, std::string_view name,
                          std::string_view version) {
  const auto found = std::ranges::find_if(records, [&](const PackageRecord& record) {
    return record.name == name && record.version == version;
  });
  return found == records.end() ? nullptr : &*found;
}

/// "6.12.117+deb13-cloud-amd64" of "linux-image-6.12.117+deb13-cloud-amd64"; empty when it is not
/// an image of this flavour.
std::string_view release_of(std::string_view package, std::string_view flavour) {
  const std::string_view release = value_of(package, "linux-image-");
  const bool numbered = !release.empty() && release.front() >= '0' && release.front() <= '9';
  return numbered && release.ends_with(flavour) ? release : std::string_view();
}

/// Newer packages: the image is empty. Without packages when it is no kernel but a name for the
/// newest.
PackagedKernel split_kernel(const std::vector<PackageRecord>& records, const PackageRecord& image,
                            std::string_view release) {
  PackagedKernel kernel{
      .version = image.version, .release = std::string(release), .packages = {}, .problem = {}};
  for (const char* part : {"linux-binary", "linux-modules"}) {
    const std::string name = fmt::format("{}-{}", part, release);
    const PackageRecord* record = find(records, name, image.version);
    if (record != nullptr) {
      kernel.packages.push_back(*record);
    } else if (!kernel.packages.empty()) {
      kernel.problem = fmt::format("its package {} is in no index any more", name);
    } else {
      return kernel;
    }
  }
  return kernel;
}

bool is_meant(const PackagedKernel& kernel, std::string_view wanted) {
  const std::string of_series = std::string(wanted) + ".";
  return kernel.version == wanted || upstream_version(kernel.version) == wanted ||
         upstream_version(kernel.version).starts_with(of_series) || kernel.release == wanted ||
         kernel.release.starts_with(std::string(wanted) + "-");
}

/// The newest that can be had and is not newer than `wanted`; else the oldest that can be had.
const PackagedKernel* nearest(const std::vector<PackagedKernel>& kernels, std::string_view wanted) {
  const PackagedKernel* best = nullptr;
  for (const PackagedKernel& kernel : kernels) {
    if (!kernel.problem.empty()) continue;
    if (best == nullptr || compare_versions(kernel.version, wanted) <= 0) best = &kernel;
  }
  return best;
}

}  // namespace

std::vector<PackageRecord> parse_stanzas(std::string_view text) {
  std::vector<PackageRecord> records;
  PackageRecord record;
  const auto finish = [&] {
    if (!record.name.empty() && !record.version.empty()) records.push_back(record);
    record = {};
  };
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    line.empty() ? finish() : read_line(line, record);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  finish();
  return records;
}

std::vector<PackagedKernel> packaged_kernels(const std::vector<PackageRecord>& records,
                                             std::string_view flavour) {
  std::vector<PackagedKernel> kernels;
  for (const PackageRecord& image : records) {
    const std::string_view release = release_of(image.name, flavour);
    if (release.empty()) continue;
    if (image.size >= smallest_kernel) {
      kernels.push_back({.version = image.version,
                         .release = std::string(release),
                         .packages = {image},
                         .problem = {}});
      continue;
    }
    PackagedKernel split = split_kernel(records, image, release);
    if (!split.packages.empty()) kernels.push_back(std::move(split));
  }
  std::ranges::sort(kernels, [](const PackagedKernel& l, const PackagedKernel& r) {
    return compare_versions(l.version, r.version) < 0;
  });
  const auto same = [](const auto& l, const auto& r) { return l.version == r.version; };
  kernels.erase(std::unique(kernels.begin(), kernels.end(), same), kernels.end());
  return kernels;
}

Resolved resolve(const std::vector<PackagedKernel>& kernels, std::string_view wanted) {
  const PackagedKernel* meant = nullptr;
  for (const PackagedKernel& kernel : kernels) {
    if (!is_meant(kernel, wanted)) continue;
    if (meant == nullptr || kernel.problem.empty()) meant = &kernel;
  }
  if (meant != nullptr && meant->problem.empty()) return {.kernel = meant, .remark = {}};
  std::string remark =
      meant == nullptr ? fmt::format("no suite has a package of kernel {}", wanted)
                       : fmt::format("kernel {} cannot be had: {}", meant->version, meant->problem);
  return {.kernel = nearest(kernels, wanted), .remark = std::move(remark)};
}

}  // namespace natstep::harness
