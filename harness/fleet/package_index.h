// SPDX-License-Identifier: GPL-2.0-or-later
// Which packaged kernels there are, from the stanzas of a Debian package index. The kernel of older
// packages is one package; newer ones are an empty one that needs a binary and a modules package,
// of which old versions can be gone while the index still lists the rest.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness {

struct PackageRecord {
  std::string name;
  std::string version;
  std::uint64_t size = 0;  // bytes to download
};

/// Reads stanzas as `apt-cache show` prints them.
std::vector<PackageRecord> parse_stanzas(std::string_view text);

struct PackagedKernel {
  std::string version;                  // "6.12.117-1~deb12u1"
  std::string release;                  // "6.12.117+deb12-cloud-amd64"
  std::vector<PackageRecord> packages;  // all that must be fetched
  std::string problem;                  // why it cannot be had; empty: it can
};

/// The kernels of one flavour ("cloud-amd64"), oldest first, each version once.
std::vector<PackagedKernel> packaged_kernels(const std::vector<PackageRecord>& records,
                                             std::string_view flavour);

struct Resolved {
  const PackagedKernel* kernel = nullptr;  // null: none at all
  std::string remark;                      // why it is not the one that was asked for; empty: it is
};

/// The kernel that "6.12.117", "6.12.117-1~deb12u1" or "6.12.117+deb12" means, the newest of those
/// that "6.12" means, or the nearest that can be had, with the reason.
Resolved resolve(const std::vector<PackagedKernel>& kernels, std::string_view wanted);

}  // namespace natstep::harness
