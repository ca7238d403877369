// SPDX-License-Identifier: GPL-2.0-or-later
// Sources: iptables(8), iptables-extensions(8).
#include "harness/rules/iptables_options.h"
#include "harness/rules/iptables_values.h"
#include "harness/rules/rule_values.h"

#include <algorithm>
#include <array>
#include <utility>

namespace natstep::harness {
namespace {

using model::Field;
using model::Match;
using model::ValueRange;
using Option = IptablesOption;
using Out = IptablesMatches;
using Ranges = std::vector<ValueRange>;

constexpr std::uint8_t tcp = 6, udp = 17, dccp = 33, sctp = 132, udplite = 136;
constexpr std::uint32_t fragment_offset = 0x1fff;
constexpr std::uint8_t fin_syn_rst_ack = 0x17, syn_only = 0x02;

bool add(Out& out, const Option& option, Match match) {
  match.negated = option.negated;
  out.statements.emplace_back(std::move(match));
  return true;
}

bool add(Out& out, const Option& option, Field field, Ranges ranges) {
  return add(out, option, Match{.field = field, .mask = {}, .ranges = std::move(ranges)});
}

bool add_if(Out& out, const Option& option, Field field, const std::optional<ValueRange>& range) {
  return range && add(out, option, field, {*range});
}

bool add_if(Out& out, const Option& option, std::optional<Field> field,
            std::optional<Ranges> ranges) {
  return field && ranges && add(out, option, *field, std::move(*ranges));
}

bool add_any_bit(Out& out, const Option& option, Field field, std::uint64_t bits) {
  return add(out, option,
             Match{.field = field, .mask = {}, .ranges = {single(bits)}, .any_bit = true});
}

// ---- addresses, interfaces, protocol ----

/// "-s a,b" is short for one rule each; as nothing but the address differs, one rule with both says
/// the same.
bool address(Out& out, const Option& option, Field field) {
  Match match{.field = field, .mask = {}, .ranges = {}};
  const auto parts = split(option.values[0], ',');
  for (const std::string_view part : parts) {
    const auto one = read_iptables_address(part);
    if (!one || (one->mask && parts.size() > 1)) return false;
    match.ranges.push_back(one->range);
    match.mask = one->mask;
  }
  return add(out, option, std::move(match));
}

bool protocol(Out& out, const Option& option) {
  if (option.values[0] == "all" || option.values[0] == "0") return true;
  const auto number = protocol_number(option.values[0]);
  return number && add(out, option, Field::ip_protocol, {single(*number)});
}

bool fragment(Out& out, const Option& option) {
  return add(out, option,
             Match{.field = Field::ip_frag_off,
                   .mask = model::value_of(fragment_offset),
                   .ranges = {between(1, fragment_offset)}});
}

/// The modules whose options stand in the table below.
bool module(Out& out, const Option& option) {
  static constexpr std::array<std::string_view, 30> known{
      "tcp",       "udp",     "udplite", "sctp",      "dccp",      "icmp",
      "conntrack", "state",   "mark",    "connmark",  "multiport", "ttl",
      "length",    "dscp",    "iprange", "comment",   "ip",        "icmp6",
      "icmpv6",    "hl",      "limit",   "statistic", "quota",     "addrtype",
      "connbytes", "pkttype", "tos",     "tcpmss",    "connlabel", "helper"};
  out.module = option.values[0];
  return std::ranges::find(known, out.module) != known.end();
}

// ---- transport ----

std::optional<Field> port_field(const Out& out, Field of_tcp, Field of_udp, Field of_any) {
  switch (out.protocol.value_or(0)) {
    case tcp:
      return of_tcp;
    case udp:
      return of_udp;
    case sctp:
    case dccp:
    case udplite:
      return of_any;
    default:
      return std::nullopt;
  }
}

bool source_ports(Out& out, const Option& option) {
  return add_if(out, option, port_field(out, Field::tcp_sport, Field::udp_sport, Field::th_sport),
                read_port_list(option.values[0]));
}

bool destination_ports(Out& out, const Option& option) {
  return add_if(out, option, port_field(out, Field::tcp_dport, Field::udp_dport, Field::th_dport),
                read_port_list(option.values[0]));
}

bool flags(Out& out, const Option& option, std::uint8_t mask, std::uint8_t wanted) {
  return add(
      out, option,
      Match{.field = Field::tcp_flags, .mask = model::value_of(mask), .ranges = {single(wanted)}});
}

bool tcp_flags(Out& out, const Option& option) {
  const auto mask = read_tcp_flags(option.values[0]);
  const auto wanted = read_tcp_flags(option.values[1]);
  return mask && wanted && flags(out, option, *mask, *wanted);
}

/// A type and a code are two matches, whose negation the model cannot say.
bool icmp_type(Out& out, const Option& option, IcmpVersion version) {
  const bool v6 = version == IcmpVersion::v6;
  const auto type = read_icmp_type(option.values[0], version);
  if (!type || (type->code && option.negated)) return false;
  if (!type->type) return !option.negated;
  add(out, option, v6 ? Field::icmpv6_type : Field::icmp_type, {single(*type->type)});
  if (!type->code) return true;
  return add(out, option, v6 ? Field::icmpv6_code : Field::icmp_code, {single(*type->code)});
}

// ---- conntrack ----

/// States and NAT's status in one list are joined by "or", which the model can only say of one
/// field.
bool ct_state(Out& out, const Option& option) {
  const auto states = read_ct_states(option.values[0]);
  if (!states || (states->state != 0) == (states->status != 0)) return false;
  return states->state != 0 ? add_any_bit(out, option, Field::ct_state, states->state)
                            : add_any_bit(out, option, Field::ct_status, states->status);
}

bool ct_status(Out& out, const Option& option) {
  const auto status = read_ct_status(option.values[0]);
  return status && add_any_bit(out, option, Field::ct_status, *status);
}

bool ct_direction(Out& out, const Option& option) {
  const bool reply = option.values[0] == "REPLY";
  if (!reply && option.values[0] != "ORIGINAL") return false;
  return add(out, option, Field::ct_direction, {single(reply ? 1 : 0)});
}

bool ct_protocol(Out& out, const Option& option) {
  const auto number = protocol_number(option.values[0]);
  return number && add(out, option, Field::ct_protocol, {single(*number)});
}

bool ct_port(Out& out, const Option& option, Field field) {
  return add_if(out, option, field, read_port_span(option.values[0], ':'));
}

bool mark(Out& out, const Option& option) {
  const auto wanted = read_masked(option.values[0]);
  const Field field = out.module == "connmark" ? Field::ct_mark : Field::meta_mark;
  return wanted && add(out, option,
                       Match{.field = field,
                             .mask = model::value_of(wanted->mask),
                             .ranges = {single(wanted->value)}});
}

// ---- the rest ----

enum class Order : std::uint8_t { equal, above, below };

bool ttl(Out& out, const Option& option, Order order) {
  const auto bound = number(option.values[0]);
  if (!bound || *bound > 255) return false;
  if (order == Order::equal) return add(out, option, Field::ip_ttl, {single(*bound)});
  if (order == Order::above)
    return add(out, option, Field::ip_ttl,
               *bound == 255 ? Ranges{} : Ranges{between(*bound + 1, 255)});
  return add(out, option, Field::ip_ttl, *bound == 0 ? Ranges{} : Ranges{between(0, *bound - 1)});
}

bool dscp(Out& out, const Option& option) {
  const auto value = number(option.values[0]);
  return value && add(out, option, Field::ip_dscp, {single(*value)});
}

bool tos(Out& out, const Option& option) {
  const auto wanted = read_masked(option.values[0]);
  if (!wanted || wanted->value > 255) return false;
  return add(out, option,
             Match{.field = Field::ip_tos,
                   .mask = model::value_of(wanted->mask & 0xff),
                   .ranges = {single(wanted->value)}});
}

bool packet_type(Out& out, const Option& option) {
  static constexpr std::array<std::string_view, 4> names{"unicast", "broadcast", "multicast",
                                                         "otherhost"};
  const auto found = std::ranges::find(names, option.values[0]);
  return found != names.end() && add(out, option, Field::meta_pkttype,
                                     {single(static_cast<std::uint64_t>(found - names.begin()))});
}

bool address_type(Out& out, const Option& option, Field field) {
  static constexpr std::array<std::string_view, 9> names{"UNSPEC",    "UNICAST",     "LOCAL",
                                                         "BROADCAST", "ANYCAST",     "MULTICAST",
                                                         "BLACKHOLE", "UNREACHABLE", "PROHIBIT"};
  Ranges types;
  for (const std::string_view word : split(option.values[0], ',')) {
    const auto found = std::ranges::find(names, word);
    if (found == names.end()) return false;
    types.push_back(single(static_cast<std::uint64_t>(found - names.begin())));
  }
  return add(out, option, field, std::move(types));
}

/// The model has no match on the absence of the option, which a negation would hold for.
bool maxseg(Out& out, const Option& option) {
  return !option.negated &&
         add_if(out, option, Field::tcp_maxseg, read_port_span(option.values[0], ':'));
}

bool helper(Out& out, const Option& option) {
  const auto kind = model::find_helper(option.values[0]);
  return kind && add(out, option, Field::xt_helper, {single(model::helper_value(*kind))});
}

bool label(Out& out, const Option& option) {
  const auto bit = number(option.values[0]);
  return bit && *bit < 64 && add_any_bit(out, option, Field::ct_label, std::uint64_t{1} << *bit);
}

struct Reader {
  std::string_view name;
  std::size_t values;
  bool (*read)(Out&, const Option&);
};

constexpr std::array readers{
    Reader{"-p", 1, protocol},
    Reader{"--protocol", 1, protocol},
    Reader{"--proto", 1, protocol},
    Reader{"-s", 1, [](Out& o, const Option& x) { return address(o, x, Field::ip_saddr); }},
    Reader{"--src", 1, [](Out& o, const Option& x) { return address(o, x, Field::ip_saddr); }},
    Reader{"--source", 1, [](Out& o, const Option& x) { return address(o, x, Field::ip_saddr); }},
    Reader{"-d", 1, [](Out& o, const Option& x) { return address(o, x, Field::ip_daddr); }},
    Reader{"--dst", 1, [](Out& o, const Option& x) { return address(o, x, Field::ip_daddr); }},
    Reader{"--destination", 1,
           [](Out& o, const Option& x) { return address(o, x, Field::ip_daddr); }},
    Reader{"-i", 1,
           [](Out& o, const Option& x) {
             return add(o, x, Field::meta_iifname, ports_named(o.topology, x.values[0], '+'));
           }},
    Reader{"--in-interface", 1,
           [](Out& o, const Option& x) {
             return add(o, x, Field::meta_iifname, ports_named(o.topology, x.values[0], '+'));
           }},
    Reader{"-o", 1,
           [](Out& o, const Option& x) {
             return add(o, x, Field::meta_oifname, ports_named(o.topology, x.values[0], '+'));
           }},
    Reader{"--out-interface", 1,
           [](Out& o, const Option& x) {
             return add(o, x, Field::meta_oifname, ports_named(o.topology, x.values[0], '+'));
           }},
    Reader{"-f", 0, fragment},
    Reader{"--fragment", 0, fragment},
    Reader{"-m", 1, module},
    Reader{"--match", 1, module},
    Reader{"--comment", 1, [](Out&, const Option&) { return true; }},
    Reader{"--sport", 1, source_ports},
    Reader{"--sports", 1, source_ports},
    Reader{"--source-port", 1, source_ports},
    Reader{"--source-ports", 1, source_ports},
    Reader{"--dport", 1, destination_ports},
    Reader{"--dports", 1, destination_ports},
    Reader{"--destination-port", 1, destination_ports},
    Reader{"--destination-ports", 1, destination_ports},
    Reader{"--tcp-flags", 2, tcp_flags},
    Reader{"--syn", 0,
           [](Out& o, const Option& x) { return flags(o, x, fin_syn_rst_ack, syn_only); }},
    Reader{"--icmp-type", 1,
           [](Out& o, const Option& x) { return icmp_type(o, x, IcmpVersion::v4); }},
    Reader{"--icmpv6-type", 1,
           [](Out& o, const Option& x) { return icmp_type(o, x, IcmpVersion::v6); }},
    Reader{"--ctstate", 1, ct_state},
    Reader{"--state", 1, ct_state},
    Reader{"--ctstatus", 1, ct_status},
    Reader{"--ctdir", 1, ct_direction},
    Reader{"--ctproto", 1, ct_protocol},
    Reader{"--ctorigsrc", 1,
           [](Out& o, const Option& x) { return address(o, x, Field::ct_original_saddr); }},
    Reader{"--ctorigdst", 1,
           [](Out& o, const Option& x) { return address(o, x, Field::ct_original_daddr); }},
    Reader{"--ctreplsrc", 1,
           [](Out& o, const Option& x) { return address(o, x, Field::ct_reply_saddr); }},
    Reader{"--ctrepldst", 1,
           [](Out& o, const Option& x) { return address(o, x, Field::ct_reply_daddr); }},
    Reader{"--ctorigsrcport", 1,
           [](Out& o, const Option& x) { return ct_port(o, x, Field::ct_original_proto_src); }},
    Reader{"--ctorigdstport", 1,
           [](Out& o, const Option& x) { return ct_port(o, x, Field::ct_original_proto_dst); }},
    Reader{"--ctreplsrcport", 1,
           [](Out& o, const Option& x) { return ct_port(o, x, Field::ct_reply_proto_src); }},
    Reader{"--ctrepldstport", 1,
           [](Out& o, const Option& x) { return ct_port(o, x, Field::ct_reply_proto_dst); }},
    Reader{"--mark", 1, mark},
    Reader{"--ttl-eq", 1, [](Out& o, const Option& x) { return ttl(o, x, Order::equal); }},
    Reader{"--ttl-gt", 1, [](Out& o, const Option& x) { return ttl(o, x, Order::above); }},
    Reader{"--ttl-lt", 1, [](Out& o, const Option& x) { return ttl(o, x, Order::below); }},
    Reader{"--hl-eq", 1, [](Out& o, const Option& x) { return ttl(o, x, Order::equal); }},
    Reader{"--hl-gt", 1, [](Out& o, const Option& x) { return ttl(o, x, Order::above); }},
    Reader{"--hl-lt", 1, [](Out& o, const Option& x) { return ttl(o, x, Order::below); }},
    Reader{"--length", 1,
           [](Out& o, const Option& x) {
             return add_if(o, x, Field::meta_length, read_port_span(x.values[0], ':'));
           }},
    Reader{"--dscp", 1, dscp},
    Reader{"--tos", 1, tos},
    Reader{"--pkt-type", 1, packet_type},
    Reader{"--src-type", 1,
           [](Out& o, const Option& x) { return address_type(o, x, Field::fib_saddr_type); }},
    Reader{"--dst-type", 1,
           [](Out& o, const Option& x) { return address_type(o, x, Field::fib_daddr_type); }},
    Reader{"--mss", 1, maxseg},
    Reader{"--helper", 1, helper},
    Reader{"--label", 1, label},
    Reader{"--src-range", 1,
           [](Out& o, const Option& x) {
             return add_if(o, x, Field::ip_saddr, read_address_span(x.values[0]));
           }},
    Reader{"--dst-range", 1,
           [](Out& o, const Option& x) {
             return add_if(o, x, Field::ip_daddr, read_address_span(x.values[0]));
           }},
};

const Reader* find(std::string_view name) {
  const auto found = std::ranges::find(readers, name, &Reader::name);
  return found == readers.end() ? nullptr : &*found;
}

}  // namespace

std::optional<std::size_t> iptables_match_values(std::string_view name) {
  const Reader* reader = find(name);
  return reader ? std::optional(reader->values) : iptables_meter_values(name);
}

std::optional<bool> read_iptables_match(const IptablesOption& option, IptablesMatches& out) {
  const Reader* reader = find(option.name);
  if (reader == nullptr) return read_iptables_meter(option, out);
  const std::size_t before = out.statements.size();
  const bool read = reader->read(out, option);
  for (std::size_t i = before; i < out.statements.size(); ++i)
    if (auto* match = std::get_if<Match>(&out.statements[i]))
      match->reads = xtables_bytes_read(option.name, match->field, out);
  return read;
}

}  // namespace natstep::harness
