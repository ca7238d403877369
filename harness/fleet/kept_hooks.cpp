// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/kept_hooks.h"

#include "netns/namespace.h"
#include "netns/rules_nft.h"

#include <cstdlib>
#include <exception>

#include <unistd.h>

namespace natstep::harness {
namespace {

constexpr const char* a_chain_at_every_hook =
    "table inet kept {\n"
    "  chain a { type filter hook prerouting priority 0; }\n"
    "  chain b { type filter hook input priority 0; }\n"
    "  chain c { type filter hook forward priority 0; }\n"
    "  chain d { type filter hook output priority 0; }\n"
    "  chain e { type filter hook postrouting priority 0; }\n"
    "}\n";

[[noreturn]] void stay() {
  try {
    const netns::Namespace home = netns::Namespace::create();
    netns::NftRules rules;
    if (rules.run(a_chain_at_every_hook)) ::_exit(EXIT_FAILURE);
    for (;;)
      ::pause();
  } catch (const std::exception&) {
    ::_exit(EXIT_FAILURE);  // it is slower without, and that is all
  }
}

}  // namespace

void keep_hooks() {
  if (::fork() == 0) stay();
}

}  // namespace natstep::harness
