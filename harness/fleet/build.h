// SPDX-License-Identifier: GPL-2.0-or-later
// Builds user-mode Linux from a packaged source or from a tree of the user's, with no more in it
// than NAT needs, and puts it into the cache of kernels.
#pragma once

#include "harness/fleet/kernel.h"
#include "harness/fleet/kernel_store.h"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness {

struct UmlBuild {
  std::string source;          // "6.12": of the package linux-source-6.12
  std::filesystem::path tree;  // a kernel tree instead
  bool kcov = false;           // tells which of NAT and conntrack was reached
  bool kasan = false;
  bool virtual_time = false;  // waiting takes no time
  std::size_t jobs = 1;
};

/// "uml-6.12-vt-kcov".
std::string name_of(const UmlBuild& build);

/// uml.config: the options that are on in every build.
extern const char* const uml_config;
/// The whole configuration.
std::string config_of(const UmlBuild& build);

/// What make is told so that KCOV sees the sources of NAT, of conntrack and of ICMP errors in
/// `tree` and nothing else: scripts/Makefile.lib asks for KCOV_INSTRUMENT_NAME.o, which no Makefile
/// of theirs sets.
std::vector<std::string> kcov_words(const std::filesystem::path& tree);

/// The first line of a build's output that tells what went wrong; empty: none does.
std::string first_error(std::string_view output);

/// Runs make in `tree` (objects go to `objects`) and returns the program. Throws EnvironmentError
/// that names the log and the first error.
std::filesystem::path make_uml(const std::filesystem::path& tree,
                               const std::filesystem::path& objects, const UmlBuild& build);

/// Fetches the source when it is not in the cache, builds, and stores. Throws UsageError or
/// EnvironmentError.
Kernel build_kernel(UmlBuild build, KernelStore& store);

}  // namespace natstep::harness
