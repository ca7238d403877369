// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/hook_names.h"

#include <algorithm>
#include <array>

namespace natstep::model {
namespace {

std::string_view conntrack_name(Hook hook) {
  switch (hook) {
    case Hook::pre_routing:
      return "ipv4_conntrack_in";
    case Hook::local_out:
      return "ipv4_conntrack_local";
    default:
      return {};
  }
}

std::string_view nat_name_today(Hook hook) {
  switch (hook) {
    case Hook::pre_routing:
      return "nf_nat_ipv4_pre_routing";
    case Hook::local_in:
      return "nf_nat_ipv4_local_in";
    case Hook::local_out:
      return "nf_nat_ipv4_local_fn";
    case Hook::post_routing:
      return "nf_nat_ipv4_out";
    default:
      return {};
  }
}

std::string_view nat_name_of_3x(Hook hook) {
  switch (hook) {
    case Hook::pre_routing:
      return "nf_nat_ipv4_in";
    case Hook::local_in:
      return "nf_nat_ipv4_fn";
    default:
      return nat_name_today(hook);
  }
}

std::string_view conntrack_name_ipv6(Hook hook) {
  switch (hook) {
    case Hook::pre_routing:
      return "ipv6_conntrack_in";
    case Hook::local_out:
      return "ipv6_conntrack_local";
    default:
      return {};
  }
}

/// The name for LOCAL_IN is of 6.6; until then it was nf_nat_ipv6_fn.
std::string_view nat_name_ipv6(const Profile& profile, Hook hook) {
  switch (hook) {
    case Hook::pre_routing:
      return "nf_nat_ipv6_in";
    case Hook::local_in:
      return profile.nomenclature == Nomenclature::today ? "nf_nat_ipv6_local_in"
                                                         : "nf_nat_ipv6_fn";
    case Hook::local_out:
      return "nf_nat_ipv6_local_fn";
    case Hook::post_routing:
      return "nf_nat_ipv6_out";
    default:
      return {};
  }
}

bool confirms(Hook hook) {
  return hook == Hook::local_in || hook == Hook::post_routing;
}

std::string_view confirm_name(const Profile& profile, Hook hook, bool ipv6) {
  if (!confirms(hook)) return {};
  if (profile.nomenclature == Nomenclature::today) return "nf_confirm";
  return ipv6 ? "ipv6_confirm" : "ipv4_confirm";
}

std::string_view helper_name(const Profile& profile, Hook hook, bool ipv6) {
  if (!confirms(hook)) return {};
  if (!profile.helper_at_300) return "nf_confirm, helper";
  return ipv6 ? "ipv6_helper" : "ipv4_helper";
}

/// What is rewritten, whatever packet it stands in: the part of the name behind "embedded.".
std::string_view innermost(std::string_view field) {
  constexpr std::string_view embedded = "embedded.";
  const auto at = field.rfind(embedded);
  return at == std::string_view::npos ? field : field.substr(at + embedded.size());
}

struct ManipName {
  std::string_view field;  // the beginning of the innermost name
  std::string_view today;
  std::string_view linux_3x;
};

/// The first entry that fits.
constexpr std::array manip_names{
    ManipName{"ipv4.", "nf_nat_ipv4_manip_pkt", "l3proto->manip_pkt"},
    ManipName{"ipv6.", "nf_nat_ipv6_manip_pkt", "l3proto->manip_pkt"},
    ManipName{"udp.checksum", "nf_csum_update", "l3proto->csum_update"},
    ManipName{"tcp.checksum", "nf_csum_update", "l3proto->csum_update"},
    ManipName{"udp.", "udp_manip_pkt", "l4proto->manip_pkt (udp)"},
    ManipName{"tcp.", "tcp_manip_pkt", "l4proto->manip_pkt (tcp)"},
    ManipName{"icmp.", "icmp_manip_pkt", "l4proto->manip_pkt (icmp)"},
    ManipName{"icmpv6.", "icmpv6_manip_pkt", "l4proto->manip_pkt (icmpv6)"},
};

}  // namespace

std::string_view manip_function_name(const Profile& profile, std::string_view field) {
  const auto name = std::ranges::find_if(manip_names, [part = innermost(field)](const auto& entry) {
    return part.starts_with(entry.field);
  });
  if (name == manip_names.end()) return {};
  return profile.nomenclature == Nomenclature::today ? name->today : name->linux_3x;
}

std::string_view hook_function_name(const Profile& profile, Actor actor, Hook hook,
                                    wire::AddressFamily family) {
  const bool ipv6 = family == wire::AddressFamily::ipv6;
  switch (actor) {
    case Actor::defrag:
      return family == wire::AddressFamily::ipv6 ? "ipv6_defrag" : "ipv4_conntrack_defrag";
    case Actor::conntrack:
      return ipv6 ? conntrack_name_ipv6(hook) : conntrack_name(hook);
    case Actor::nat:
      if (ipv6) return nat_name_ipv6(profile, hook);
      return profile.nomenclature == Nomenclature::linux_3x ? nat_name_of_3x(hook)
                                                            : nat_name_today(hook);
    case Actor::helper:
      return helper_name(profile, hook, ipv6);
    case Actor::confirm:
      return confirm_name(profile, hook, ipv6);
    default:
      return {};
  }
}

}  // namespace natstep::model
