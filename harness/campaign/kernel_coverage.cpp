// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/campaign/kernel_coverage.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <sstream>

namespace natstep::harness {
namespace {

/// A name, or the beginning of one when it ends in '*'. The first that fits counts.
struct OwnedName {
  std::string_view name;
  std::string_view file;
};

constexpr std::string_view nat_core = "net/netfilter/nf_nat_core.c";
constexpr std::string_view nat_proto = "net/netfilter/nf_nat_proto.c";
constexpr std::string_view nat_helper = "net/netfilter/nf_nat_helper.c";
constexpr std::string_view masquerade = "net/netfilter/nf_nat_masquerade.c";
constexpr std::string_view redirect = "net/netfilter/nf_nat_redirect.c";
constexpr std::string_view core = "net/netfilter/nf_conntrack_core.c";
constexpr std::string_view expect = "net/netfilter/nf_conntrack_expect.c";
constexpr std::string_view seqadj = "net/netfilter/nf_conntrack_seqadj.c";
constexpr std::string_view udp = "net/netfilter/nf_conntrack_proto_udp.c";
constexpr std::string_view tcp = "net/netfilter/nf_conntrack_proto_tcp.c";
constexpr std::string_view icmp = "net/netfilter/nf_conntrack_proto_icmp.c";
constexpr std::string_view icmpv6 = "net/netfilter/nf_conntrack_proto_icmpv6.c";
constexpr std::string_view sctp = "net/netfilter/nf_conntrack_proto_sctp.c";
constexpr std::string_view dccp = "net/netfilter/nf_conntrack_proto_dccp.c";
constexpr std::string_view gre = "net/netfilter/nf_conntrack_proto_gre.c";
/// Setting up, taking down and speaking netlink: no packet comes there.
constexpr std::string_view not_for_packets = "";

constexpr auto owned_names = std::to_array<OwnedName>({
    {"nf_nat_masquerade_*register*", not_for_packets},
    {"nf_nat_masquerade_ip*", masquerade},
    {"nf_nat_redirect*", redirect},
    {"nf_nat_mangle_*", nat_helper},
    {"__nf_nat_mangle_tcp_packet", nat_helper},
    {"nf_nat_follow_master", nat_helper},
    {"nf_nat_exp_find_port", nat_helper},
    {"mangle_contents", nat_helper},
    {"enlarge_skb", nat_helper},
    {"l4proto_manip_pkt", nat_proto},
    {"udp_manip_pkt", nat_proto},
    {"udplite_manip_pkt", nat_proto},
    {"tcp_manip_pkt", nat_proto},
    {"sctp_manip_pkt", nat_proto},
    {"dccp_manip_pkt", nat_proto},
    {"gre_manip_pkt", nat_proto},
    {"icmp_manip_pkt", nat_proto},
    {"icmpv6_manip_pkt", nat_proto},
    {"nf_csum_update", nat_proto},
    {"nf_nat_manip_pkt", nat_proto},
    {"nf_nat_icmp*_reply_translation", nat_proto},
    {"nf_nat_ipv4_*register*", not_for_packets},
    {"nf_nat_ipv6_*register*", not_for_packets},
    {"nf_nat_ipv4_*nlattr*", not_for_packets},
    {"nf_nat_ipv6_*nlattr*", not_for_packets},
    {"nf_nat_ipv*_decode_session", not_for_packets},
    {"nf_nat_ipv4_*", nat_proto},
    {"nf_nat_ipv6_*", nat_proto},
    {"nf_nat_csum_recalc", nat_proto},
    {"nf_nat_setup_info", nat_core},
    {"nf_nat_alloc_null_binding", nat_core},
    {"nf_nat_packet", nat_core},
    {"nf_nat_inet_fn", nat_core},
    {"nf_nat_l4proto_unique_tuple", nat_core},
    {"nf_nat_used_tuple*", nat_core},
    {"nf_nat_allow_clash", nat_core},
    {"nf_nat_may_kill", nat_core},
    {"nf_nat_inet_in_range", nat_core},
    {"nf_nat_cleanup_conntrack", nat_core},
    {"nf_seq_has_advanced", nat_core},
    {"nf_in_range", nat_core},
    {"l4proto_in_range", nat_core},
    {"get_unique_tuple", nat_core},
    {"find_best_ips_proto", nat_core},
    {"find_appropriate_src", nat_core},
    {"same_src", nat_core},
    {"hash_by_src", nat_core},
    {"nf_ct_expect_related*", expect},
    {"nf_ct_find_expectation", expect},
    {"__nf_ct_expect_*", expect},
    {"nf_ct_expect_alloc", expect},
    {"nf_ct_expect_init", expect},
    {"nf_ct_expect_insert", expect},
    {"nf_ct_remove_expectation*", expect},
    {"expect_clash", expect},
    {"expect_matches", expect},
    {"evict_oldest_expect", expect},
    {"nf_ct_seq*", seqadj},
    {"nf_ct_sack*", seqadj},
    {"nf_ct_tcp_seqadj_set", seqadj},
    {"*nlattr*", not_for_packets},
    {"*_init_net", not_for_packets},
    {"*_print_conntrack", not_for_packets},
    {"nf_conntrack_udp*", udp},
    {"udp_error*", udp},
    {"udplite_error*", udp},
    {"udp_get_timeouts", udp},
    {"nf_conntrack_tcp_packet", tcp},
    {"nf_conntrack_tcp_set_closing", tcp},
    {"nf_tcp_*", tcp},
    {"nf_ct_tcp_state_reset", tcp},
    {"tcp_in_window", tcp},
    {"tcp_init_sender", tcp},
    {"tcp_error*", tcp},
    {"tcp_new", tcp},
    {"tcp_options", tcp},
    {"tcp_sack", tcp},
    {"segment_seq_plus_len", tcp},
    {"get_conntrack_index", tcp},
    {"nf_conntrack_icmpv6*", icmpv6},
    {"nf_conntrack_invert_icmpv6_tuple", icmpv6},
    {"icmpv6_pkt_to_tuple", icmpv6},
    {"icmpv6_error_log", icmpv6},
    {"nf_conntrack_icmp*", icmp},
    {"nf_conntrack_inet_error", icmp},
    {"nf_conntrack_invert_icmp_tuple", icmp},
    {"icmp_pkt_to_tuple", icmp},
    {"icmp_error_log", icmp},
    {"nf_conntrack_dccp_packet", dccp},
    {"dccp_error*", dccp},
    {"dccp_new*", dccp},
    {"nf_conntrack_sctp_packet", sctp},
    {"sctp_error*", sctp},
    {"sctp_new*", sctp},
    {"do_basic_checks", sctp},
    {"nf_conntrack_gre_packet", gre},
    {"nf_ct_gre_keymap*", gre},
    {"gre_pkt_to_tuple", gre},
    {"gre_keymap_lookup", gre},
    {"nf_conntrack_in", core},
    {"__nf_conntrack_confirm", core},
    {"nf_conntrack_tuple_taken", core},
    {"nf_conntrack_alter_reply", core},
    {"__nf_conntrack_find_get", core},
    {"nf_conntrack_hash_check_insert", core},
    {"init_conntrack*", core},
    {"resolve_normal_ct*", core},
    {"nf_ct_resolve_clash*", core},
    {"__nf_ct_resolve_clash", core},
    {"nf_ct_get_tuple*", core},
    {"nf_ct_invert_tuple", core},
    {"get_l4proto", core},
    {"ipv4_get_l4proto", core},
    {"ipv6_get_l4proto", core},
    {"generic_packet", core},
    {"early_drop*", core},
});

/// Of two words parted by '*', either of which may be empty.
bool fits(std::string_view pattern, std::string_view name) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return name == pattern;
  const auto head = pattern.substr(0, star);
  if (!name.starts_with(head)) return false;
  name.remove_prefix(head.size());
  const auto rest = pattern.substr(star + 1);
  if (rest.empty()) return true;
  for (std::size_t skip = 0; skip <= name.size(); ++skip)
    if (fits(rest, name.substr(skip))) return true;
  return false;
}

/// What the compiler appends: "tcp_in_window.isra.0", "tcp_error.part.0", "x.cold".
std::string_view without_suffix(std::string_view name) {
  return name.substr(0, name.find('.'));
}

std::optional<std::uint64_t> address_in(std::string_view text) {
  if (text.starts_with("0x")) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc{} || end == text.data()) return std::nullopt;
  return value;
}

std::set<std::uint64_t> addresses_in(const std::string& text) {
  std::set<std::uint64_t> addresses;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (const auto address = address_in(line)) addresses.insert(*address);
  return addresses;
}

/// Functions by address. All of them: what lies behind one of another file belongs to that one.
std::map<std::uint64_t, std::string> functions_in(const std::string& symbols) {
  std::map<std::uint64_t, std::string> functions;
  std::istringstream lines(symbols);
  for (std::string address, kind, name, line; std::getline(lines, line);) {
    std::istringstream words(line);
    if (!(words >> address >> kind >> name) || (kind != "t" && kind != "T")) continue;
    if (const auto at = address_in(address)) functions.emplace(*at, name);
  }
  return functions;
}

std::size_t between(const std::set<std::uint64_t>& addresses, std::uint64_t first,
                    std::uint64_t end) {
  return static_cast<std::size_t>(
      std::distance(addresses.lower_bound(first), addresses.lower_bound(end)));
}

/// The numbers of the lines that addresses stand in.
std::map<std::uint64_t, unsigned> lines_in(const std::string& text) {
  std::map<std::uint64_t, unsigned> numbers;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto address = address_in(line);
    const auto colon = line.rfind(':');
    unsigned number = 0;
    if (!address || colon == std::string::npos) continue;
    std::from_chars(line.data() + colon + 1, line.data() + line.size(), number);
    numbers.emplace(*address, number);
  }
  return numbers;
}

/// Of the addresses from `first` up to `end`.
std::set<unsigned> missed_lines(const std::map<std::uint64_t, unsigned>& lines,
                                const std::set<std::uint64_t>& reached, std::uint64_t first,
                                std::uint64_t end) {
  std::set<unsigned> missed;
  for (auto each = lines.lower_bound(first); each != lines.end() && each->first < end; ++each)
    if (!reached.contains(each->first)) missed.insert(each->second);
  return missed;
}

/// A function may be in parts ("f", "f.cold"): they count together.
void add(CoveredFile& file, CoveredFunction function) {
  const auto known = std::ranges::find(file.functions, function.name, &CoveredFunction::name);
  if (known == file.functions.end()) {
    file.functions.push_back(std::move(function));
    return;
  }
  known->reached += function.reached;
  known->points += function.points;
  known->missed_lines.merge(function.missed_lines);
}

}  // namespace

std::size_t CoveredFile::reached_functions() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(functions, [](const auto& f) { return f.reached > 0; }));
}

std::size_t CoveredFile::reached() const {
  return std::accumulate(functions.begin(), functions.end(), std::size_t{0},
                         [](std::size_t sum, const auto& f) { return sum + f.reached; });
}

std::size_t CoveredFile::points() const {
  return std::accumulate(functions.begin(), functions.end(), std::size_t{0},
                         [](std::size_t sum, const auto& f) { return sum + f.points; });
}

std::string_view file_of_function(std::string_view name) {
  name = without_suffix(name);
  const auto found = std::ranges::find_if(
      owned_names, [&](const OwnedName& owned) { return fits(owned.name, name); });
  return found == owned_names.end() ? std::string_view() : found->file;
}

KernelCoverage kernel_coverage(const CoverageTexts& texts) {
  const auto reached = addresses_in(texts.reached);
  if (reached.empty()) return {};
  const auto points = addresses_in(texts.points);
  const auto functions = functions_in(texts.symbols);
  const auto lines = lines_in(texts.lines);
  std::map<std::string_view, CoveredFile> files;
  for (auto each = functions.begin(); each != functions.end(); ++each) {
    const auto file = file_of_function(each->second);
    if (file.empty()) continue;
    const auto next = std::next(each);
    const std::uint64_t end = next == functions.end() ? UINT64_MAX : next->first;
    files[file].name = file;
    add(files[file], {.name = std::string(without_suffix(each->second)),
                      .reached = between(reached, each->first, end),
                      .points = between(points, each->first, end),
                      .missed_lines = missed_lines(lines, reached, each->first, end)});
  }
  KernelCoverage coverage;
  for (auto& [name, file] : files)
    coverage.push_back(std::move(file));
  return coverage;
}

}  // namespace natstep::harness
