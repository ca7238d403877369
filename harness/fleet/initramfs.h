// SPDX-License-Identifier: GPL-2.0-or-later
// The file system that a QEMU guest boots into, made on the fly and kept in memory: this program as
// init, the libraries and rule tools that it needs, and the kernel's modules.
#pragma once

#include "harness/cli/descriptor.h"
#include "harness/fleet/kernel.h"

namespace natstep::harness {

/// Where things are inside.
inline constexpr const char* guest_program = "/natstep/natstep";
inline constexpr const char* guest_modules = "/natstep/modules";
inline constexpr const char* guest_module_order = "/natstep/modules.order";

/// An anonymous file with the archive; it is gone with its last descriptor. Throws
/// EnvironmentError.
Descriptor make_initramfs(const Kernel& kernel);

}  // namespace natstep::harness
