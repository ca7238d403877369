// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel version as a value: the features by which kernels differ, and the names their functions
// go by.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace natstep::model {

/// Which generation of names the walk prints.
enum class Nomenclature : std::uint8_t {
  today,     // since 6.2
  linux_5x,  // until 6.1: ipv4_confirm rather than nf_confirm
  linux_3x,  // the names that books of 2013 describe
};

struct Profile {
  std::string name;  // "linux-6.18"
  Nomenclature nomenclature = Nomenclature::today;

  // One named feature a difference; each names the rule of the kernel that it switches.
  /// Since 6.3: a DNAT port range is searched upward from its minimum.
  bool dnat_range_starts_at_min = true;
  /// Since 6.7: nf_nat_used_tuple_harder.
  bool time_wait_eviction = true;
  /// Since 7.2.
  bool icmp_clash_resolution = false;
  /// Since 5.14: x.y.z.0 of a connected prefix is forwarded.
  bool network_address_is_unicast = true;
  /// Since 5.18: data slightly out of window is let through, not INVALID.
  bool window_ignore_outside = true;
  /// Until 3.x: ipv4_helper is a hook function of its own.
  bool helper_at_300 = false;
  /// Since 5.18: a window is set up anew by SYNs only, with their options.
  bool window_reinit_by_syn_only = true;
  /// Since 5.17: no sequence test for an RST of a closing connection.
  bool rst_unchecked_when_closing = true;
  /// Since 5.18: an RST that answers an ignored challenge ACK is believed.
  bool rst_challenge_memory = true;
  /// Since 6.12.117 and 7.3: an RST that did not close leaves the unacknowledged timeout.
  bool rst_inexact_awaits_ack = false;
  /// Since 5.18: FINs or RSTs that both sides sent out of window.
  bool invalid_fin_lowers_timeout = true;
  /// Since 5.10.262: protocols without a tracker of their own may clash.
  bool generic_clash_resolution = true;
  /// Since 6.3.
  bool gre_clash_resolution = true;
  /// Until 6.19: UDP-Lite has a tracker.
  bool udplite_conntrack = true;
  /// Until 6.17: DCCP has a tracker.
  bool dccp_conntrack = false;
  /// Since 6.1.176 and 6.18: a helper that is attached behind a mapping may change lengths.
  bool late_helper_adjusts = true;
  /// Until 7.1: the numbers of an FTP announcement need not fit into their bytes.
  bool ftp_numbers_overflow = true;
  /// Since 6.1: a reset that a rule sends closes the entry.
  bool reject_closes_connection = true;
  /// Since 6.7: an entry that is the mirror image of the stored one is merged.
  bool mirrored_clash_merges = true;
  /// Since 6.12: the messages of RFC 4286 are untracked, not INVALID.
  bool multicast_router_discovery_untracked = true;
};

/// A feature by its name, which is the member's: a scenario can say that its pins need it.
struct Feature {
  std::string_view name;
  bool Profile::*member;
};
std::span<const Feature> features();
const Feature* find_feature(std::string_view name);  // nothing when there is none

/// What a scenario asks of a kernel: that it has a feature ("NAME"), or that it lacks it
/// ("no-NAME").
struct FeatureNeed {
  const Feature* feature = nullptr;
  bool wanted = true;

  [[nodiscard]] bool met_by(const Profile& profile) const {
    return profile.*feature->member == wanted;
  }
};
std::optional<FeatureNeed> parse_feature_need(std::string_view word);

/// The built-in profiles, oldest first.
std::span<const Profile> profiles();
std::optional<Profile> find_profile(std::string_view name);
/// The profile nearest to a kernel release as uname gives it ("6.18.44-foo").
Profile profile_for_release(std::string_view release);

}  // namespace natstep::model
