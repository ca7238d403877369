// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel version as a value: the features by which kernels differ, and the names their functions go by.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace natstep::model {

/// Which generation of names the walk prints.
enum class Nomenclature : std::uint8_t { today, linux_3x };

struct Profile {
  std::string name;  // "linux-6.18"
  Nomenclature nomenclature = Nomenclature::today;

  // One named feature a difference; each names the rule of the kernel that it switches.
  bool dnat_range_starts_at_min = true;   // since 6.3: a DNAT port range is searched upward from its minimum
  bool time_wait_eviction = true;         // since 6.7: nf_nat_used_tuple_harder
  bool icmp_clash_resolution = false;     // since 7.2
  bool network_address_is_unicast = true; // since 5.14: x.y.z.0 of a connected prefix is forwarded
  bool window_ignore_outside = true;      // since 5.18: data slightly out of window is let through, not INVALID
  bool helper_at_300 = false;             // until 3.x: ipv4_helper is a hook function of its own
};

/// The built-in profiles, oldest first.
std::span<const Profile> profiles();
std::optional<Profile> find_profile(std::string_view name);
/// The profile nearest to a kernel release as uname gives it ("6.18.44-foo").
Profile profile_for_release(std::string_view release);

}  // namespace natstep::model
