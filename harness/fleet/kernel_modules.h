// SPDX-License-Identifier: GPL-2.0-or-later
// The modules of a packaged kernel that NAT needs, and the order in which they can be loaded. What
// depmod(8) would write into modules.dep is taken from the modules themselves (.modinfo).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness {

struct ModuleInfo {
  std::vector<std::string> depends;  // names
  std::vector<std::string> before;   // softdep=pre: names or aliases that have to be there first
  std::vector<std::string> aliases;
};

/// What a module (an ELF object) says about itself; nothing when it is none.
ModuleInfo module_info(std::string_view object);

/// The object without what was appended to it. The package was verified when it was fetched; to check
/// two hundred signatures once more takes an emulated machine as long as all the rest of its boot.
std::string without_signature(std::string object);

/// "nf_nat" of "lib/modules/6.1.0/kernel/net/netfilter/nf_nat.ko.xz"; empty when it is no module.
std::string module_name(std::string_view path);

/// Is it one that natstep asks for, rather than one that these may need?
bool is_wanted_module(std::string_view path);

/// The wanted modules with all that they depend on, each behind what it needs. `info_of` is asked
/// once a module that gets into the order.
std::vector<std::string> load_order(
    const std::vector<std::string>& wanted,
    const std::function<const ModuleInfo*(const std::string&)>& info_of);

}  // namespace natstep::harness
