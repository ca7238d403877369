// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/profile.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace natstep::model {
namespace {

Profile linux_7_2() {
  Profile profile;
  profile.name = "linux-7.2";
  profile.icmp_clash_resolution = true;
  profile.udplite_conntrack = false;
  profile.ftp_numbers_overflow = false;
  return profile;
}

Profile linux_7_3() {
  Profile profile = linux_7_2();
  profile.name = "linux-7.3";
  profile.rst_inexact_awaits_ack = true;
  return profile;
}

Profile linux_6_18() {
  Profile profile;
  profile.name = "linux-6.18";
  return profile;
}

Profile linux_6_12() {
  Profile profile = linux_6_18();
  profile.name = "linux-6.12";
  profile.dccp_conntrack = true;
  profile.rst_inexact_awaits_ack = true;
  return profile;
}

Profile linux_6_1() {
  Profile profile = linux_6_18();
  profile.name = "linux-6.1";
  profile.dccp_conntrack = true;
  profile.gre_clash_resolution = false;
  profile.nomenclature = Nomenclature::linux_5x;
  profile.dnat_range_starts_at_min = false;
  profile.time_wait_eviction = false;
  profile.mirrored_clash_merges = false;
  profile.multicast_router_discovery_untracked = false;
  return profile;
}

Profile linux_5_10() {
  Profile profile = linux_6_1();
  profile.name = "linux-5.10";
  profile.network_address_is_unicast = false;
  profile.window_ignore_outside = false;
  profile.window_reinit_by_syn_only = false;
  profile.rst_unchecked_when_closing = false;
  profile.rst_challenge_memory = false;
  profile.invalid_fin_lowers_timeout = false;
  profile.late_helper_adjusts = false;
  profile.reject_closes_connection = false;
  return profile;
}

Profile linux_3x() {
  Profile profile = linux_5_10();
  profile.name = "linux-3.x";
  profile.nomenclature = Nomenclature::linux_3x;
  profile.helper_at_300 = true;
  profile.generic_clash_resolution = false;
  return profile;
}

/// Oldest first; `since` is the first release that the profile speaks for.
struct Entry {
  unsigned major;
  unsigned minor;
};
constexpr std::array since{Entry{3, 0},  Entry{5, 0}, Entry{6, 0}, Entry{6, 7},
                           Entry{6, 13}, Entry{7, 0}, Entry{7, 3}};

const std::array<Profile, since.size()>& table() {
  static const std::array<Profile, since.size()> profiles{
      linux_3x(), linux_5_10(), linux_6_1(), linux_6_12(), linux_6_18(), linux_7_2(), linux_7_3()};
  return profiles;
}

/// The number at the front of `text`, which is then moved behind it and one separator.
unsigned take_number(std::string_view& text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return 0;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (!text.empty()) text.remove_prefix(1);
  return number;
}

constexpr std::array all_features{
    Feature{"dnat_range_starts_at_min", &Profile::dnat_range_starts_at_min},
    Feature{"time_wait_eviction", &Profile::time_wait_eviction},
    Feature{"icmp_clash_resolution", &Profile::icmp_clash_resolution},
    Feature{"network_address_is_unicast", &Profile::network_address_is_unicast},
    Feature{"window_ignore_outside", &Profile::window_ignore_outside},
    Feature{"helper_at_300", &Profile::helper_at_300},
    Feature{"window_reinit_by_syn_only", &Profile::window_reinit_by_syn_only},
    Feature{"rst_unchecked_when_closing", &Profile::rst_unchecked_when_closing},
    Feature{"rst_challenge_memory", &Profile::rst_challenge_memory},
    Feature{"rst_inexact_awaits_ack", &Profile::rst_inexact_awaits_ack},
    Feature{"invalid_fin_lowers_timeout", &Profile::invalid_fin_lowers_timeout},
    Feature{"generic_clash_resolution", &Profile::generic_clash_resolution},
    Feature{"gre_clash_resolution", &Profile::gre_clash_resolution},
    Feature{"udplite_conntrack", &Profile::udplite_conntrack},
    Feature{"dccp_conntrack", &Profile::dccp_conntrack},
    Feature{"mirrored_clash_merges", &Profile::mirrored_clash_merges},
    Feature{"multicast_router_discovery_untracked", &Profile::multicast_router_discovery_untracked},
    Feature{"late_helper_adjusts", &Profile::late_helper_adjusts},
    Feature{"ftp_numbers_overflow", &Profile::ftp_numbers_overflow},
    Feature{"reject_closes_connection", &Profile::reject_closes_connection},
};

}  // namespace

std::span<const Feature> features() {
  return all_features;
}

const Feature* find_feature(std::string_view name) {
  const auto found = std::ranges::find(all_features, name, &Feature::name);
  return found == all_features.end() ? nullptr : &*found;
}

std::optional<FeatureNeed> parse_feature_need(std::string_view word) {
  constexpr std::string_view without = "no-";
  const bool wanted = !word.starts_with(without);
  const Feature* feature = find_feature(wanted ? word : word.substr(without.size()));
  if (feature == nullptr) return std::nullopt;
  return FeatureNeed{.feature = feature, .wanted = wanted};
}

std::span<const Profile> profiles() {
  return table();
}

std::optional<Profile> find_profile(std::string_view name) {
  const auto found = std::ranges::find(table(), name, &Profile::name);
  if (found == table().end()) return std::nullopt;
  return *found;
}

Profile profile_for_release(std::string_view release) {
  const unsigned major = take_number(release);
  const unsigned minor = take_number(release);
  std::size_t best = 0;
  for (std::size_t i = 0; i < since.size(); ++i) {
    const bool reached =
        major > since[i].major || (major == since[i].major && minor >= since[i].minor);
    if (reached) best = i;
  }
  return table()[best];
}

}  // namespace natstep::model
