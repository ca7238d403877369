// SPDX-License-Identifier: GPL-2.0-or-later
// The rules as the model understands them: tables, chains, rules; each rule a list of matches and
// statements.
//
// nft and iptables rules are both brought into this form (harness/rules_nft,
// harness/rules_iptables). Whatever does not fit is named in `not_understood` and makes the run
// inconclusive.
#pragma once

#include "model/help.h"
#include "model/hook.h"
#include "model/topology.h"
#include "model/wire/address.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace natstep::model {

enum class RuleFamily : std::uint8_t { ip, ip6, inet };
enum class ChainType : std::uint8_t { filter, nat, route };

/// What a match looks at.
enum class Field : std::uint8_t {
  meta_iifname,
  meta_oifname,
  meta_l4proto,
  meta_mark,
  meta_length,
  meta_nfproto,
  ip_saddr,
  ip_daddr,
  ip_protocol,
  ip_ttl,
  ip_dscp,
  ip_id,
  ip_length,
  ip_frag_off,
  ip_version,
  ip_hdrlength,
  ip6_saddr,
  ip6_daddr,
  ip6_nexthdr,
  ip6_hoplimit,
  ip6_dscp,
  ip6_flowlabel,
  ip6_length,
  ip6_version,
  th_sport,
  th_dport,
  udp_sport,
  udp_dport,
  udp_length,
  udp_checksum,
  tcp_sport,
  tcp_dport,
  tcp_flags,
  tcp_sequence,
  tcp_ackseq,
  tcp_window,
  icmp_type,
  icmp_code,
  icmp_id,
  icmp_sequence,
  icmp_mtu,
  icmpv6_type,
  icmpv6_code,
  icmpv6_id,
  icmpv6_sequence,
  icmpv6_mtu,
  ct_state,
  ct_status,
  ct_direction,
  ct_mark,
  ct_protocol,
  ct_original_saddr,
  ct_original_daddr,
  ct_original_proto_src,
  ct_original_proto_dst,
  ct_reply_saddr,
  ct_reply_daddr,
  ct_reply_proto_src,
  ct_reply_proto_dst,
};

/// The bits of Field::ct_state (NF_CT_STATE_BIT and its companions,
/// include/uapi/linux/netfilter/nf_conntrack_common.h). Field::ct_status has the bits of
/// model::status, ct_direction is 0 or 1, meta_nfproto is 2 (IPv4) or 10 (IPv6).
namespace ct_state {
inline constexpr std::uint32_t invalid = 0x01;
inline constexpr std::uint32_t established = 0x02;
inline constexpr std::uint32_t related = 0x04;
inline constexpr std::uint32_t is_new = 0x08;
inline constexpr std::uint32_t untracked = 0x40;
}  // namespace ct_state

/// A field's value: a number or an address, right-aligned big-endian, so that values compare as
/// numbers. Interface names are PortIds. A name that is no port of the topology is no_port.
using Value = std::array<std::uint8_t, 16>;
Value value_of(std::uint64_t number);
Value value_of(const wire::Address& address);

struct ValueRange {
  Value low{};
  Value high{};  // inclusive
};

/// True when (field & mask) lies in any of the ranges; `negated` turns the answer round. For
/// `any_bit` (nft's `ct state new,related`) true when a bit is common to the field and
/// ranges[0].low.
struct Match {
  Field field{};
  std::optional<Value> mask;
  std::vector<ValueRange> ranges;
  bool negated = false;
  bool any_bit = false;
};

enum class ManipType : std::uint8_t { src = 0, dst = 1 };

/// struct nf_nat_range2. Addresses and ports are inclusive; ports host order.
struct NatRange {
  std::optional<wire::Address> min_address, max_address;  // NF_NAT_RANGE_MAP_IPS when present
  std::optional<std::uint16_t> min_port, max_port;  // NF_NAT_RANGE_PROTO_SPECIFIED when present
  std::optional<std::uint16_t> base_port;           // NF_NAT_RANGE_PROTO_OFFSET
  bool random = false;
  bool fully_random = false;
  bool persistent = false;
};

enum class NatKind : std::uint8_t { snat, dnat, masquerade, redirect, netmap };

struct NatStatement {
  NatKind kind{};
  NatRange range;
  wire::AddressFamily family = wire::AddressFamily::none;  // `snat ip6 to`: of these packets only
};

struct VerdictStatement {
  enum class Kind : std::uint8_t { accept, drop, continue_, return_, jump, goto_ } kind{};
  std::string target;  // jump, goto_: a chain of the same table
};

struct NotrackStatement {};
struct SetMarkStatement {
  std::uint32_t value = 0, mask = 0xffffffff;
};  // packet mark := (mark & ~mask) ^ value
struct SetCtMarkStatement {
  std::uint32_t value = 0, mask = 0xffffffff;
};  // entry mark, likewise
/// `ct helper set`: protocol and family are those of the helper object.
struct HelperStatement {
  HelperKind kind{};
  std::uint8_t protocol = 0;
  wire::AddressFamily family = wire::AddressFamily::none;  // none: either
};
struct TapStatement {};  // the harness's own observation point: records the packet, changes nothing

using Statement = std::variant<Match, VerdictStatement, NatStatement, NotrackStatement,
                               SetMarkStatement, SetCtMarkStatement, HelperStatement, TapStatement>;

struct Rule {
  std::vector<Statement> statements;  // evaluated in order until a match fails
  std::string text;                   // as the user would write it, for the walk
  int line = 0;                       // line in the scenario, 0 when unknown
};

struct Chain {
  std::string name;
  std::vector<Rule> rules;
  // A base chain has these; a plain chain is reached by jump and goto only.
  bool base = false;
  ChainType type = ChainType::filter;
  Hook hook{};
  std::int32_t priority = 0;
  VerdictStatement::Kind policy = VerdictStatement::Kind::accept;
  std::uint32_t registered = 0;  // order of registration; at equal priority the latest runs first
};

struct Table {
  RuleFamily family = RuleFamily::ip;
  std::string name;
  std::vector<Chain> chains;
  bool legacy_iptables = false;  // names in the walk: iptable_nat rather than nft
};

struct NotUnderstood {
  std::string what;  // "meta skuid", as the rule says it
  int line = 0;
};

/// What the rules have registered for one family.
struct Registered {
  bool conntrack = false;  // something needs the conntrack hooks (nf_ct_netns_get)
  bool nat = false;        // some nat chain exists, so all four NAT hooks stand
};

struct Ruleset {
  std::vector<Table> tables;
  Registered ipv4;
  Registered ipv6;
  std::vector<NotUnderstood> not_understood;
};

}  // namespace natstep::model
