// SPDX-License-Identifier: GPL-2.0-or-later
// Brings the rules of a scenario into the model's form.
#pragma once

#include "harness/scenario/scenario.h"
#include "model/rules/ruleset.h"
#include "model/topology.h"

#include <span>
#include <string_view>

namespace natstep::harness {

/// Adds the tables of libnftables' JSON listing (the kernel's own view) to `out`. What the model
/// does not know is put into `out.not_understood`. Chains are registered in the order of the
/// listing's handles.
void add_nft_rules(std::string_view json, const model::Topology& topology, model::Ruleset& out);

/// Adds rules written for iptables: the lines of an iptables-save file, or the arguments of
/// iptables commands
/// ("-t nat -A PREROUTING ... -j DNAT --to-destination 10.0.0.2:80"), one a line. `first_line` is
/// the scenario line of the first.
void add_iptables_rules(std::string_view text, int first_line, bool legacy,
                        const model::Topology& topology, model::Ruleset& out);

/// Sets what is registered for each family from what the rules need: conntrack stands once an
/// expression asked for it (nf_ct_netns_get), NAT once there is a nat chain (nf_nat_register_fn);
/// neither entails the other.
void settle(model::Ruleset& rules);

/// A base chain of `now` that was there in `before` keeps its place in the order of registration;
/// the others come behind.
void keep_registrations(const model::Ruleset& before, model::Ruleset& now);

/// All of the above for a scenario's blocks. Chains are registered in the order of the blocks; all
/// nft tables at the first nft block. `nft_listing` is the kernel's, after every block was loaded;
/// it is only read when there is an nft block.
model::Ruleset understand_rules(std::span<const RulesBlock> blocks, std::string_view nft_listing,
                                const model::Topology& topology);

}  // namespace natstep::harness
