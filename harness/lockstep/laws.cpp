// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/laws.h"

#include "harness/lockstep/law_owner.h"
#include "harness/lockstep/law_packet.h"
#include "harness/lockstep/law_quotes.h"
#include "model/conntrack/tuple.h"
#include "model/network_header.h"
#include "model/protocol.h"
#include "model/wire/ipv4.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

using model::Direction;
using wire::ByteView;

// --- which packet is which

bool same_kind(const LawPacket& left, const LawPacket& right) {
  if (left.protocol() != right.protocol()) return false;
  if (!left.is_icmp()) return true;
  const auto l = left.payload(), r = right.payload();
  return l.size() >= 2 && r.size() >= 2 && l[0] == r[0] && l[1] == r[1];
}

bool same_id(const LawPacket& left, const LawPacket& right) {
  if (left.family() == wire::AddressFamily::ipv6) return true;
  return wire::Ipv4View(left.bytes()).id() == wire::Ipv4View(right.bytes()).id();
}

/// A packet that came in and the frame that is the same packet, passed on.
struct Passage {
  LawPacket in;
  LawPacket out;
};

std::optional<Passage> passage(ByteView sent, ByteView frame, const RuleWrites& writes) {
  const auto in = LawPacket::read(sent), out = LawPacket::read(frame);
  if (!in || !out || in->family() != out->family()) return std::nullopt;
  if (in->is_fragment() || out->is_fragment()) return std::nullopt;
  const bool id_counts = !writes.has(model::Field::ip_id);
  const bool same = in->l4_offset() == out->l4_offset() &&
                    in->total_length() == out->total_length() &&
                    in->bytes().size() == out->bytes().size() &&
                    (!id_counts || same_id(*in, *out)) && same_kind(*in, *out);
  return same ? std::optional(Passage{.in = *in, .out = *out}) : std::nullopt;
}

/// Nothing when the frame is not the stimulus passed on, but an answer of the box, a reassembled
/// packet, or part of one.
std::optional<Passage> passage(const LawCase& law_case, ByteView frame) {
  if (!law_case.forwarded || !law_case.injected) return std::nullopt;
  return passage(law_case.sent, frame, law_case.writes);
}

/// Addresses and payload left as they came, but for what rules write.
bool untouched(const Passage& pass, const RuleWrites& writes) {
  const auto in = pass.in.bytes(), out = pass.out.bytes();
  const auto written = written_bytes(pass.in, writes);
  for (std::size_t at = pass.in.l4_offset(); at < in.size(); ++at) {
    if (!written[at] && in[at] != out[at]) return false;
  }
  const bool src = writes.has(model::Field::ip_saddr, model::Field::ip6_saddr);
  const bool dst = writes.has(model::Field::ip_daddr, model::Field::ip6_daddr);
  return (src || pass.in.src() == pass.out.src()) &&
         (dst || pass.in.is_source_routed() || pass.in.dst() == pass.out.dst());
}

/// The tuple with which packets of `direction` leave the box.
std::optional<model::Tuple> tuple_outside(const LawEntry& entry, Direction direction) {
  const auto tuple = model::invert(entry.of(!direction));
  return tuple ? std::optional(on_the_wire(*tuple)) : std::nullopt;
}

/// How a packet came and left, and how its entry wants it to leave.
struct Translation {
  model::Tuple in;
  model::Tuple out;
  model::Tuple wanted;
  Direction direction{};
};

std::optional<Translation> translation(const LawCase& law_case, ByteView frame) {
  const auto pass = passage(law_case, frame);
  if (!pass || law_case.untracked || !law_case.mapped) return std::nullopt;
  const auto in = tuple_of(law_case, pass->in), out = tuple_of(law_case, pass->out);
  if (!in || !out) return std::nullopt;
  const auto owner = owner_of(law_case, *in);
  const auto wanted = owner.entry ? tuple_outside(*owner.entry, owner.direction) : std::nullopt;
  if (!wanted) return std::nullopt;
  return Translation{.in = *in,
                     .out = *out,
                     .wanted = with_written(*wanted, *out, law_case.writes),
                     .direction = owner.direction};
}

/// A helper may change the payload, and the numbers that count it.
bool is_helped(const LawCase& law_case, const LawPacket& packet) {
  const auto tuple = tuple_of(law_case, packet);
  const auto owner = tuple ? owner_of(law_case, *tuple) : Owner{};
  return owner.entry != nullptr && owner.entry->helped;
}

/// An error that conntrack may believe, too.
bool trusted(const LawPacket& packet) {
  const auto checksum = l4_checksum(packet);
  return checksum == ChecksumState::valid || checksum == ChecksumState::absent;
}

using InZone = std::pair<std::uint16_t, model::Tuple>;

/// What two of the entries have, in the same zone.
std::set<InZone> shared_tuples(std::span<const LawEntry> entries) {
  std::set<InZone> taken, shared;
  for (const auto& entry : entries) {
    for (const auto direction : {Direction::original, Direction::reply}) {
      const auto& tuple = entry.of(direction);
      const bool its_own = direction == Direction::reply && tuple == entry.of(Direction::original);
      const InZone here(entry.zone[index(direction)], tuple);
      if (!its_own && !taken.insert(here).second) shared.insert(here);
    }
  }
  return shared;
}

/// Whether a packet came as the entry knows it. One that passed before there was the entry, or past
/// it, may be quoted too; then what the entry makes of the quote was never sent. Nor can anybody
/// tell whose packet it was when a rule wrote its addresses before conntrack saw it.
bool is_translated_by(const Owner& owner, const Passage& earlier) {
  const auto came = earlier.in.tuple();
  return came && on_the_wire(*came) == on_the_wire(owner.entry->of(owner.direction));
}

}  // namespace

Broken ip_checksum_valid(const LawCase&, ByteView frame) {
  const auto out = LawPacket::read(frame);
  if (!out || out->header_checksum_valid()) return std::nullopt;
  return fmt::format("the IPv4 header leaves with a bad checksum 0x{:04x}",
                     wire::Ipv4View(out->bytes()).checksum());
}

/// A rule that writes the checksum of UDP answers for it.
bool writes_checksum(const LawCase& law_case, const LawPacket& packet) {
  return packet.protocol() == model::protocol::udp &&
         law_case.writes.has(model::Field::udp_checksum);
}

Broken l4_checksum_stays_valid(const LawCase& law_case, ByteView frame) {
  const auto out = LawPacket::read(frame);
  if (!out || !law_case.injected) return std::nullopt;
  const auto after = l4_checksum(*out);
  if (!law_case.forwarded) {
    if (after != ChecksumState::bad) return std::nullopt;
    return "the box's own packet leaves with a bad checksum";
  }
  const auto pass = passage(law_case, frame);
  if (!pass) return std::nullopt;
  const auto before = l4_checksum(pass->in);
  const bool speaks = before == ChecksumState::valid || before == ChecksumState::absent;
  if (!speaks || before == after) return std::nullopt;
  if (writes_checksum(law_case, pass->in)) return std::nullopt;
  return fmt::format("came in {}, leaves {}", word(before), word(after));
}

Broken embedded_checksums_stay_valid(const LawCase& law_case, ByteView frame) {
  const auto pass = passage(law_case, frame);
  if (!pass || !trusted(pass->in)) return std::nullopt;
  const auto in = pass->in.quoted(), out = pass->out.quoted();
  if (!in || !out || !in->header_checksum_valid()) return std::nullopt;
  if (!out->header_checksum_valid())
    return "the embedded IPv4 header came in valid, leaves with a bad checksum";
  const auto before = l4_checksum(*in), after = l4_checksum(*out);
  if (before != ChecksumState::valid || after == ChecksumState::valid) return std::nullopt;
  return fmt::format("the embedded packet's checksum came in valid, leaves {}", word(after));
}

Broken embedded_is_what_was_sent(const LawCase& law_case, ByteView frame) {
  const auto pass = passage(law_case, frame);
  if (!pass || law_case.untracked || !law_case.mapped || !trusted(pass->in)) return {};
  const auto quoted = pass->in.quoted(), leaves = pass->out.quoted();
  if (!quoted) return std::nullopt;
  const auto owner = owner_of_quoted(law_case, *quoted);
  // Conntrack disregards an error that was not sent to the one who sent what it quotes.
  if (!owner.entry || quoted->src() != pass->in.dst()) return std::nullopt;
  const auto sent = on_the_wire(owner.entry->of(owner.direction));
  const auto shown = leaves ? tuple_of(law_case, *leaves) : std::nullopt;
  if (shown && *shown == with_written(sent, *shown, law_case.writes)) return std::nullopt;
  return fmt::format("quotes {}, sent was {}", shown ? model::to_string(*shown) : "rubbish",
                     model::to_string(sent));
}

Broken embedded_bytes_come_back(const LawCase& law_case, ByteView frame) {
  const auto pass = passage(law_case, frame);
  if (!pass || law_case.untracked || !law_case.mapped || !trusted(pass->in)) return {};
  const auto came = pass->in.quoted(), leaves = pass->out.quoted();
  if (!came || !leaves || came->src() != pass->in.dst()) return std::nullopt;
  const auto owner = owner_of_quoted(law_case, *came);
  if (!owner.entry || owner.entry->helped) return std::nullopt;
  for (auto at = law_case.earlier.rbegin(); at != law_case.earlier.rend(); ++at) {
    const auto earlier = passage(at->sent, at->left, law_case.writes);
    if (!earlier || not_quoted(*came, at->left, {})) continue;
    if (!is_translated_by(owner, *earlier)) continue;
    if (l4_checksum(earlier->in) == ChecksumState::bad) continue;
    const auto wrong = not_quoted(*leaves, at->sent, law_case.writes);
    return wrong ? Broken(byte_in_words(*leaves, at->sent, *wrong)) : std::nullopt;
  }
  return std::nullopt;
}

Broken own_error_quotes_what_came(const LawCase& law_case, ByteView frame) {
  if (!law_case.injected || passage(law_case, frame)) return std::nullopt;
  const auto in = LawPacket::read(law_case.sent), out = LawPacket::read(frame);
  if (!in || !out || in->family() != out->family() || in->is_fragment()) return std::nullopt;
  const auto quoted = out->quoted();
  if (!quoted || out->dst() != in->src() || tells_of_reassembly(*out)) return std::nullopt;
  if (in->is_icmp_error() || is_helped(law_case, *in)) return std::nullopt;
  const auto tuple = in->tuple();
  if (tuple && lies_in_several_zones(law_case, *tuple)) return std::nullopt;
  const auto whole = as_quoted_back(*in, *quoted, law_case.partial);
  const auto at = not_quoted(*quoted, whole, law_case.writes);
  return at ? Broken(byte_in_words(*quoted, whole, *at)) : std::nullopt;
}

Broken translated_as_the_entry_says(const LawCase& law_case, ByteView frame) {
  const auto found = translation(law_case, frame);
  if (!found || found->out == found->wanted) return std::nullopt;
  // A packet whose source alone was left as it is is a matter of the law about what is hidden.
  const bool destination_is_wrong =
      found->out.dst != found->wanted.dst || found->out.dst_id != found->wanted.dst_id;
  if (found->in == found->out && !destination_is_wrong) return std::nullopt;
  return fmt::format("leaves as {}, the entry says {}", model::to_string(found->out),
                     model::to_string(found->wanted));
}

Broken nothing_hidden_is_seen(const LawCase& law_case, ByteView frame) {
  const auto found = translation(law_case, frame);
  if (!found) return std::nullopt;
  const auto& [in, out, wanted, direction] = *found;
  if (wanted.src != in.src && out.src == in.src)
    return fmt::format("{} is seen outside, the entry hides it", wire::to_string(in.src));
  if (wanted.src_id != in.src_id && out.src_id == in.src_id)
    return fmt::format("port {} is seen outside, the entry hides it", in.src_id);
  return std::nullopt;
}

Broken reply_reaches_who_asked(const LawCase& law_case, ByteView frame) {
  const auto found = translation(law_case, frame);
  if (!found || found->direction != Direction::reply) return std::nullopt;
  const auto& [in, out, wanted, direction] = *found;
  if (out.dst == wanted.dst && out.dst_id == wanted.dst_id) return std::nullopt;
  return fmt::format("the reply goes to {}, {} asked", wire::to_string(out.dst, out.dst_id),
                     wire::to_string(wanted.dst, wanted.dst_id));
}

Broken other_bytes_untouched(const LawCase& law_case, ByteView frame) {
  const auto pass = passage(law_case, frame);
  if (!pass || quote_ends_in_its_extensions(pass->in)) return std::nullopt;
  const auto in = pass->in.bytes(), out = pass->out.bytes();
  const auto owned = owned_bytes(pass->in);
  const auto written = written_bytes(pass->in, law_case.writes);
  const auto end = is_helped(law_case, pass->in) ? pass->in.l4_offset() : in.size();
  for (std::size_t i = 0; i < end; ++i) {
    if (owned[i] || written[i] || in[i] == out[i]) continue;
    return fmt::format("byte {} is not NAT's, and goes from 0x{:02x} to 0x{:02x}", i, in[i],
                       out[i]);
  }
  return std::nullopt;
}

Broken no_entry_no_translation(const LawCase& law_case, ByteView frame) {
  const auto pass = passage(law_case, frame);
  if (!pass || quote_ends_in_its_extensions(pass->in)) return std::nullopt;
  const auto in = tuple_of(law_case, pass->in);
  const auto quoted = pass->in.quoted();
  if (!in || !owners_of(law_case, *in, on_the_wire).empty()) return std::nullopt;
  if (quoted && someone_owns_quoted(law_case, *quoted)) return std::nullopt;
  if (untouched(*pass, law_case.writes)) return std::nullopt;
  return "no entry speaks for the packet, and it leaves changed";
}

Broken untracked_is_untouched(const LawCase& law_case, ByteView frame) {
  const auto pass = passage(law_case, frame);
  if (!pass || !law_case.untracked) return std::nullopt;
  return untouched(*pass, law_case.writes)
             ? std::nullopt
             : Broken("the packet was untracked, and it leaves changed");
}

Broken ttl_down_by_one(const LawCase& law_case, ByteView frame) {
  if (law_case.writes.has(model::Field::ip_ttl, model::Field::ip6_hoplimit)) return std::nullopt;
  const auto pass = passage(law_case, frame);
  if (!pass || pass->out.hops() + 1 == pass->in.hops()) return std::nullopt;
  return fmt::format("TTL goes from {} to {}", pass->in.hops(), pass->out.hops());
}

Broken tuples_are_unique(const LawCase& law_case) {
  const auto now = shared_tuples(law_case.after);
  if (now.empty()) return std::nullopt;
  // What two have since an earlier step was told of then.
  const auto earlier = shared_tuples(law_case.before);
  const auto fresh =
      std::ranges::find_if(now, [&](const InZone& one) { return !earlier.contains(one); });
  if (fresh == now.end()) return std::nullopt;
  return fmt::format("two entries have {}", model::to_string(fresh->second));
}

std::span<const Law> laws() {
  static constexpr std::array<Law, 14> all{{
      {.name = "the IPv4 header checksum is valid", .of_frame = ip_checksum_valid},
      {.name = "a checksum that came in valid leaves valid", .of_frame = l4_checksum_stays_valid},
      {.name = "checksums of an embedded packet stay valid",
       .of_frame = embedded_checksums_stay_valid},
      {.name = "an ICMP error quotes what was sent", .of_frame = embedded_is_what_was_sent},
      {.name = "an ICMP error brings back the bytes that were sent",
       .of_frame = embedded_bytes_come_back},
      {.name = "the box's own error quotes what came in", .of_frame = own_error_quotes_what_came},
      {.name = "a packet is translated as its entry says",
       .of_frame = translated_as_the_entry_says},
      {.name = "no address and no port that NAT hides is seen outside",
       .of_frame = nothing_hidden_is_seen},
      {.name = "a reply reaches who asked", .of_frame = reply_reaches_who_asked},
      {.name = "bytes that NAT does not own are untouched", .of_frame = other_bytes_untouched},
      {.name = "what no entry speaks for is untouched", .of_frame = no_entry_no_translation},
      {.name = "what is untracked is untouched", .of_frame = untracked_is_untouched},
      {.name = "forwarding takes one from the TTL", .of_frame = ttl_down_by_one},
      {.name = "no two flows share a tuple", .of_step = tuples_are_unique},
  }};
  return all;
}

Broken broken(const Law& law, const LawCase& law_case, std::span<const ByteView> frames) {
  if (law.of_step != nullptr) return law.of_step(law_case);
  for (const ByteView frame : frames)
    if (auto why = law.of_frame(law_case, frame)) return why;
  return std::nullopt;
}

}  // namespace natstep::harness
