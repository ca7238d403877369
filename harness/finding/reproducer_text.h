// SPDX-License-Identifier: GPL-2.0-or-later
// The parts of a reproducer that are the same in each, as they stand in reproducer/*.py.
#pragma once

#include <string_view>

namespace natstep::harness::reproducer_text {

extern const std::string_view base;       // namespace, ports, rules, packets
extern const std::string_view netlink;    // what the next three need
extern const std::string_view conntrack;  // entries and expectations
extern const std::string_view queue;      // packets that wait in user space
extern const std::string_view tap;        // a look between two hook functions
extern const std::string_view life;       // whether the kernel complains
extern const std::string_view main;

}  // namespace natstep::harness::reproducer_text
