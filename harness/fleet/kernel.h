// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel that natstep can boot: what it is called and where its parts are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace natstep::harness {

enum class KernelKind : std::uint8_t {
  pc,   // a bzImage, for QEMU
  uml,  // user-mode Linux: a program
};

struct Kernel {
  std::string name;  // what --kernel takes: "6.12.117-1", "uml-6.1"
  KernelKind kind = KernelKind::pc;
  std::string release;               // as uname gives it; empty: not known before it was booted
  std::string origin;                // the package or the file it came from
  std::filesystem::path folder;      // in the cache
  std::filesystem::path image;       // what is booted
  std::vector<std::string> modules;  // names, in the order of loading; files in folder/modules
  std::vector<std::string> lacks;    // "DCCP", "UDP-Lite": trackers that it was built without
  bool virtual_time = false;         // waiting takes no time (UML_TIME_TRAVEL_SUPPORT)
};

/// The version that a profile is chosen by: a packaged kernel's is not always in its release
/// ("5.10.0-46-cloud-amd64" is 5.10.262).
std::string version_of(const Kernel& kernel);

}  // namespace natstep::harness
