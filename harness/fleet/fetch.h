// SPDX-License-Identifier: GPL-2.0-or-later
// Gets kernels into the cache: out of Debian packages, or from a file.
#pragma once

#include "harness/fleet/kernel.h"
#include "harness/fleet/kernel_store.h"
#include "harness/fleet/package_index.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness {

/// The flavour that is fetched: small, and it has all that NAT needs.
inline constexpr const char* flavour = "cloud-amd64";

/// What Debian's suites have, oldest first. Throws EnvironmentError.
std::vector<PackagedKernel> available_kernels();

/// Downloads, verifies and unpacks. Throws EnvironmentError that says which package or module is
/// missing.
Kernel fetch_kernel(const PackagedKernel& packaged, KernelStore& store);
/// The kernel that `wanted` means, or else the nearest that can be had, in which case stderr says
/// why. Those of `kernels` that turn out to be gone get that as their problem.
Kernel fetch_nearest(std::vector<PackagedKernel>& kernels, const std::string& wanted,
                     KernelStore& store);

/// Takes over a bzImage, a user-mode Linux program, or a kernel tree in which one of these was
/// built. Throws UsageError when it is none.
Kernel add_kernel(const std::filesystem::path& path, const std::string& name, KernelStore& store);

/// The release in a bzImage's header ("6.12.117+deb13-cloud-amd64 (...) ..."); empty: no bzImage.
std::string release_in_image(std::string_view image);

}  // namespace natstep::harness
