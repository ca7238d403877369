// SPDX-License-Identifier: GPL-2.0-or-later
// The rules as the model understands them: tables, chains, rules; each rule a list of matches and
// statements.
//
// nft and iptables rules are both brought into this form (harness/rules_nft,
// harness/rules_iptables). Whatever does not fit is named in `not_understood` and makes the run
// inconclusive.
#pragma once

#include "model/conntrack/conn.h"
#include "model/helper/help.h"
#include "model/hook.h"
#include "model/topology.h"
#include "model/wire/address.h"

#include <array>
#include <cstdint>
#include <memory>
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
  meta_pkttype,
  fib_daddr_type,
  fib_saddr_type,
  generated,  // what the last GenerateStatement of the chain gave
  ip_saddr,
  ip_daddr,
  ip_protocol,
  ip_ttl,
  ip_dscp,
  ip_tos,
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
  tcp_maxseg,
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
  ah_nexthdr,
  ah_hdrlength,
  ah_reserved,
  ah_spi,
  ah_sequence,
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
  ct_l3proto,
  ct_zone,
  ct_original_zone,
  ct_reply_zone,
  ct_label,   // bits 0 to 63
  ct_helper,  // of the connection that expected this one: helper_value; absent without one
  xt_helper,  // likewise; 0 without one
  ct_bytes,
  ct_original_bytes,
  ct_reply_bytes,
  ct_packets,
  ct_original_packets,
  ct_reply_packets,
  ct_avgpkt,
  ct_original_avgpkt,
  ct_reply_avgpkt,
};

/// The values of Field::meta_pkttype (PACKET_*) and of the fib types (RTN_*) that the model knows.
namespace packet_type {
inline constexpr std::uint64_t host = 0;
}
namespace address_type {
inline constexpr std::uint64_t unspec = 0, unicast = 1, local = 2, broadcast = 3, multicast = 5,
                               blackhole = 6, unreachable = 7, prohibit = 8;
}

/// The value of Field::ct_helper and Field::xt_helper for a helper.
constexpr std::uint64_t helper_value(HelperKind kind) {
  return static_cast<std::uint64_t>(kind) + 1;
}

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
  /// A match of xtables reads so many bytes of the transport header at once, and drops a packet
  /// that has not as many (xt_action_param.hotdrop); 0: one of nft, which then just does not match.
  std::uint8_t reads = 0;
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
  enum class Kind : std::uint8_t { accept, drop, continue_, return_, jump, goto_, queue } kind{};
  std::string target;       // jump, goto_: a chain of the same table
  std::uint16_t queue = 0;  // queue: its number
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
/// `ct timeout set`: a policy for the entries of one protocol.
struct TimeoutStatement {
  std::uint8_t protocol = 0;
  std::shared_ptr<const Settings::Timeouts> timeouts;
};
enum class MarkOf : std::uint8_t { packet, entry };
/// mark := (mark & ~cleared) ^ (other & copied) ^ flipped, where `other` is the mark of `from`.
struct CopyMarkStatement {
  MarkOf from{};
  MarkOf to{};
  std::uint32_t copied = 0xffffffff;
  std::uint32_t cleared = 0xffffffff;
  std::uint32_t flipped = 0;
};

/// Puts a packet that conntrack has not seen yet into a zone, and asks for what its entry shall
/// have. nft's `ct zone set` also takes back an earlier notrack; iptables' CT does not.
struct ZoneStatement {
  Zone zone;
  bool from_mark = false;              // the packet's mark names the zone
  std::optional<HelperKind> helper{};  // of CT: what the entry will be helped by
  enum class Untracked : std::uint8_t { leave, track } untracked = Untracked::track;
};

struct LabelStatement {
  Labels labels{};  // bits to set
};

/// Drops the packet and tells its sender.
struct RejectStatement {
  enum class With : std::uint8_t { icmp, tcp_reset } with = With::icmp;
  std::uint8_t code = 3;       // of ICMP destination unreachable
  std::uint8_t ipv6_code = 4;  // of ICMPv6's
};

/// Lowers the MSS option of a TCP segment; the tools differ in what they do about segments without.
struct MaxSegStatement {
  std::optional<std::uint16_t> size;  // none: what the MTUs of both ways leave
  enum class By : std::uint8_t { nft, iptables } by = By::nft;
};

/// Writes a field of the packet (nft's payload statement); checksums follow as nft updates them.
struct WriteFieldStatement {
  Field field{};
  Value value{};
};

/// ttl := ttl + change, held within 0 and 255, or a constant (xt_HL); of IPv6 the hop limit.
struct TtlStatement {
  enum class How : std::uint8_t { set, increase, decrease } how = How::set;
  std::uint8_t value = 0;
};

/// tos := (tos & ~cleared) ^ flipped (xt_DSCP).
struct TosStatement {
  std::uint8_t cleared = 0xff;
  std::uint8_t flipped = 0;
};

/// Expressions that remember: `meter` says which of State::meters is theirs (set by settle).
/// A token bucket in nanoseconds: a packet costs `cost`, at most `capacity` is saved up.
struct LimitStatement {
  std::uint32_t meter = 0;
  std::uint64_t cost = 0;
  std::uint64_t capacity = 0;
  bool over = false;  // holds when the bucket is empty
};
struct QuotaStatement {
  std::uint32_t meter = 0;
  std::uint64_t bytes = 0;
  bool over = false;  // holds when more than `bytes` have passed
  enum class By : std::uint8_t { nft, iptables } by = By::nft;
};
/// Counts packets round and round; the result is read through Field::generated.
struct GenerateStatement {
  std::uint32_t meter = 0;
  std::uint32_t modulus = 1;
  std::uint32_t initial = 0;  // what the counter stands at before the first packet
  std::uint32_t offset = 0;
};

struct TapStatement {};  // the harness's own observation point: records the packet, changes nothing

using Statement =
    std::variant<Match, VerdictStatement, NatStatement, NotrackStatement, SetMarkStatement,
                 SetCtMarkStatement, HelperStatement, TimeoutStatement, ExpectationStatement,
                 CopyMarkStatement, ZoneStatement, LabelStatement, RejectStatement, MaxSegStatement,
                 WriteFieldStatement, TtlStatement, TosStatement, LimitStatement, QuotaStatement,
                 GenerateStatement, TapStatement>;

struct Rule {
  std::vector<Statement> statements;  // evaluated in order until a match fails
  std::string text;                   // as the user would write it, for the walk
  int line = 0;                       // line in the scenario, 0 when unknown
  // A rule with a map is written as one rule for each element. When one of them has run to its end,
  // so many that follow are not evaluated.
  std::uint32_t alternatives_left = 0;
  std::uint32_t prefix = 0;  // statements for all of them: when one of these fails, none is tried
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
  bool defrag = false;     // fragments are collected without conntrack, which was there before
};

struct Ruleset {
  std::vector<Table> tables;
  Registered ipv4;
  Registered ipv6;
  bool counts_flows = false;  // some rule asks for counters, which turns nf_conntrack_acct on
  std::uint32_t meters = 0;   // how many expressions remember something
  std::vector<NotUnderstood> not_understood;
};

}  // namespace natstep::model
