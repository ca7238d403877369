// SPDX-License-Identifier: GPL-2.0-or-later
// The sysctls that the model understands, each with the setting it stands for.
#include "harness/scenario/topology_lines.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <variant>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

using model::Settings;
using Timeouts = model::Settings::Timeouts;
using Member = std::variant<bool Settings::*, std::uint8_t Settings::*, std::uint32_t Settings::*,
                            std::uint32_t Timeouts::*>;

struct Sysctl {
  std::string_view key;
  Member member;
  std::uint32_t lowest = 0;
  std::uint32_t highest = std::numeric_limits<std::int32_t>::max();
};

constexpr Sysctl flag(std::string_view key, bool Settings::*member) {
  return {key, member, 0, 1};
}
constexpr Sysctl small(std::string_view key, std::uint8_t Settings::*member, std::uint32_t lowest) {
  return {key, member, lowest, 255};
}
constexpr Sysctl seconds(std::string_view key, std::uint32_t Timeouts::*member) {
  return {key, member};
}

constexpr std::array sysctls{
    flag("net.ipv4.ip_forward", &Settings::ip_forward),
    flag("net.ipv4.conf.all.forwarding", &Settings::ip_forward),
    flag("net.ipv6.conf.all.forwarding", &Settings::ipv6_forwarding),
    flag("net.ipv4.conf.all.route_localnet", &Settings::route_localnet),
    flag("net.ipv4.conf.all.accept_source_route", &Settings::accept_source_route),
    small("net.ipv4.ip_default_ttl", &Settings::default_ttl, 1),
    small("net.ipv4.ipfrag_max_dist", &Settings::fragment_max_distance, 0),
    Sysctl{"net.ipv4.ipfrag_time", &Timeouts::ipv4_fragments, 1},
    Sysctl{"net.netfilter.nf_conntrack_frag6_timeout", &Timeouts::ipv6_fragments, 1},
    Sysctl{"net.ipv6.ip6frag_time", &Timeouts::ipv6_fragments_of_the_box, 1},
    flag("net.netfilter.nf_conntrack_checksum", &Settings::conntrack_checksum),
    flag("net.netfilter.nf_conntrack_acct", &Settings::conntrack_acct),
    Sysctl{"net.netfilter.nf_conntrack_max", &Settings::conntrack_max, 1},
    flag("net.netfilter.nf_conntrack_tcp_loose", &Settings::tcp_loose),
    flag("net.netfilter.nf_conntrack_tcp_be_liberal", &Settings::tcp_be_liberal),
    flag("net.netfilter.nf_conntrack_tcp_ignore_invalid_rst", &Settings::tcp_ignore_invalid_rst),
    small("net.netfilter.nf_conntrack_tcp_max_retrans", &Settings::tcp_max_retrans, 0),
    seconds("net.netfilter.nf_conntrack_tcp_timeout_syn_sent", &Timeouts::tcp_syn_sent),
    seconds("net.netfilter.nf_conntrack_tcp_timeout_syn_recv", &Timeouts::tcp_syn_recv),
    seconds("net.netfilter.nf_conntrack_tcp_timeout_established", &Timeouts::tcp_established),
    seconds("net.netfilter.nf_conntrack_tcp_timeout_fin_wait", &Timeouts::tcp_fin_wait),
    seconds("net.netfilter.nf_conntrack_tcp_timeout_close_wait", &Timeouts::tcp_close_wait),
    seconds("net.netfilter.nf_conntrack_tcp_timeout_last_ack", &Timeouts::tcp_last_ack),
    seconds("net.netfilter.nf_conntrack_tcp_timeout_time_wait", &Timeouts::tcp_time_wait),
    seconds("net.netfilter.nf_conntrack_tcp_timeout_close", &Timeouts::tcp_close),
    seconds("net.netfilter.nf_conntrack_tcp_timeout_max_retrans", &Timeouts::tcp_max_retrans),
    seconds("net.netfilter.nf_conntrack_tcp_timeout_unacknowledged", &Timeouts::tcp_unacknowledged),
    seconds("net.netfilter.nf_conntrack_udp_timeout", &Timeouts::udp),
    seconds("net.netfilter.nf_conntrack_udp_timeout_stream", &Timeouts::udp_stream),
    seconds("net.netfilter.nf_conntrack_icmp_timeout", &Timeouts::icmp),
    seconds("net.netfilter.nf_conntrack_icmpv6_timeout", &Timeouts::icmpv6),
    seconds("net.netfilter.nf_conntrack_sctp_timeout_closed", &Timeouts::sctp_closed),
    seconds("net.netfilter.nf_conntrack_sctp_timeout_cookie_wait", &Timeouts::sctp_cookie_wait),
    seconds("net.netfilter.nf_conntrack_sctp_timeout_cookie_echoed", &Timeouts::sctp_cookie_echoed),
    seconds("net.netfilter.nf_conntrack_sctp_timeout_established", &Timeouts::sctp_established),
    seconds("net.netfilter.nf_conntrack_sctp_timeout_shutdown_sent", &Timeouts::sctp_shutdown_sent),
    seconds("net.netfilter.nf_conntrack_sctp_timeout_shutdown_recd", &Timeouts::sctp_shutdown_recd),
    seconds("net.netfilter.nf_conntrack_sctp_timeout_shutdown_ack_sent",
            &Timeouts::sctp_shutdown_ack_sent),
    seconds("net.netfilter.nf_conntrack_sctp_timeout_heartbeat_sent",
            &Timeouts::sctp_heartbeat_sent),
    flag("net.netfilter.nf_conntrack_dccp_loose", &Settings::dccp_loose),
    seconds("net.netfilter.nf_conntrack_dccp_timeout_request", &Timeouts::dccp_request),
    seconds("net.netfilter.nf_conntrack_dccp_timeout_respond", &Timeouts::dccp_respond),
    seconds("net.netfilter.nf_conntrack_dccp_timeout_partopen", &Timeouts::dccp_partopen),
    seconds("net.netfilter.nf_conntrack_dccp_timeout_open", &Timeouts::dccp_open),
    seconds("net.netfilter.nf_conntrack_dccp_timeout_closereq", &Timeouts::dccp_closereq),
    seconds("net.netfilter.nf_conntrack_dccp_timeout_closing", &Timeouts::dccp_closing),
    seconds("net.netfilter.nf_conntrack_dccp_timeout_timewait", &Timeouts::dccp_timewait),
    seconds("net.netfilter.nf_conntrack_gre_timeout", &Timeouts::gre),
    seconds("net.netfilter.nf_conntrack_gre_timeout_stream", &Timeouts::gre_stream),
    seconds("net.netfilter.nf_conntrack_generic_timeout", &Timeouts::generic),
};

const Sysctl* find(std::string_view key) {
  const auto found = std::ranges::find(sysctls, key, &Sysctl::key);
  return found == sysctls.end() ? nullptr : &*found;
}

void set(Settings& settings, const Sysctl& sysctl, std::uint32_t value) {
  struct Setter {
    Settings& settings;
    std::uint32_t value;
    void operator()(bool Settings::*member) const { settings.*member = value != 0; }
    void operator()(std::uint8_t Settings::*member) const {
      settings.*member = static_cast<std::uint8_t>(value);
    }
    void operator()(std::uint32_t Settings::*member) const { settings.*member = value; }
    void operator()(std::uint32_t Timeouts::*member) const { settings.timeout.*member = value; }
  };
  std::visit(Setter{settings, value}, sysctl.member);
}

}  // namespace

bool model_knows_sysctl(std::string_view key) {
  return find(key) != nullptr;
}

tl::expected<void, std::string> apply_sysctl(Settings& settings, std::string_view key,
                                             std::string_view value) {
  const Sysctl* sysctl = find(key);
  if (!sysctl) return {};
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  const bool whole = error == std::errc() && end == value.data() + value.size();
  if (!whole || number < sysctl->lowest || number > sysctl->highest) {
    return tl::unexpected(fmt::format("`{}` is no value for `{}`, which takes {} to {}", value, key,
                                      sysctl->lowest, sysctl->highest));
  }
  set(settings, *sysctl, number);
  return {};
}

std::span<const std::string_view> known_sysctls() {
  static const auto keys = [] {
    std::array<std::string_view, sysctls.size()> out;
    std::ranges::transform(sysctls, out.begin(), &Sysctl::key);
    return out;
  }();
  return keys;
}

}  // namespace natstep::harness
