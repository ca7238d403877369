// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/helper/helper.h"

#include "model/clause_names.h"
#include "model/helper/helper_packet.h"
#include "model/hook_names.h"
#include "model/missing.h"
#include "model/packet.h"
#include "model/path.h"
#include "model/wire/tcp.h"
#include "model/wire/udp.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace natstep::model {
namespace {

using Name = std::pair<HelperKind, std::string_view>;

constexpr std::array<Name, 12> names{{
    {HelperKind::amanda, "amanda"},
    {HelperKind::ftp, "ftp"},
    {HelperKind::irc, "irc"},
    {HelperKind::netbios_ns, "netbios-ns"},
    {HelperKind::pptp, "pptp"},
    {HelperKind::q931, "Q.931"},
    {HelperKind::ras, "RAS"},
    {HelperKind::sane, "sane"},
    {HelperKind::sip, "sip"},
    {HelperKind::snmp, "snmp"},
    {HelperKind::tftp, "tftp"},
    {HelperKind::nft_ct_expect, "nft_ct_expect"},
}};

bool may_attach(Step& step, const Conn& conn, const HelperStatement& statement) {
  if (conn.has(status::confirmed) && step.holds(Clause::helper_comes_before_confirmation)) {
    return false;
  }
  if (conn.of(Direction::original).protocol != statement.protocol &&
      step.holds(Clause::helper_serves_its_protocol)) {
    return false;
  }
  return conn.help == nullptr || !step.holds(Clause::first_helper_stays);
}

Verdict ask(const HelpedPacket& packet) {
  switch (*packet.conn.help->kind) {
    case HelperKind::amanda:
      return help_amanda(packet);
    case HelperKind::ftp:
      return help_ftp(packet);
    case HelperKind::irc:
      return help_irc(packet);
    case HelperKind::pptp:
      return help_pptp(packet);
    case HelperKind::sip:
      return help_sip(packet);
    case HelperKind::tftp:
      return help_tftp(packet);
    case HelperKind::nft_ct_expect:
      return help_by_rule(packet);
    default:
      packet.step.unspecified(Missing::helper_kind, to_string(*packet.conn.help->kind));
      return Verdict::accept;
  }
}

/// nf_is_loopback_packet: what the box sent to itself was adjusted when it was sent.
bool needs_adjustment(Step& step, const Packet& packet) {
  if (!packet.conn->has(status::seq_adjust) || packet.in == loopback_port) return false;
  return packet.ctinfo != CtInfo::related ||
         step.holds(Clause::error_of_the_client_is_taken_for_a_segment);
}

/// An error about the other direction is nothing for a helper.
bool is_past_helpers(Step& step, const Packet& packet) {
  return packet.ctinfo == CtInfo::related_reply &&
         step.holds(Clause::error_in_reply_is_not_adjusted);
}

Verdict show(Step& step, Packet& packet) {
  const auto l4 = locate_l4(packet.bytes);
  if (!l4 || l4->offset > packet.bytes.size()) return Verdict::accept;
  return ask({.step = step, .packet = packet, .conn = *packet.conn, .l4 = l4->offset});
}

/// An entry for which a rule expects something has the extension without a helper.
bool is_helped(const Conn& conn) {
  return conn.help != nullptr && conn.help->kind.has_value();
}

std::string_view words_for(const Packet& packet) {
  return packet.tracked() && is_helped(*packet.conn) ? to_string(*packet.conn->help->kind)
                                                     : "no helper attached";
}

}  // namespace

std::string_view to_string(HelperKind kind) {
  return std::ranges::find(names, kind, &Name::first)->second;
}

std::optional<HelperKind> find_helper(std::string_view name) {
  const auto* found = std::ranges::find(names, name, &Name::second);
  return found == names.end() ? std::nullopt : std::optional(found->first);
}

std::string_view HelpedPacket::tcp_payload() const {
  const auto segment = wire::TcpView::parse(l4_bytes());
  if (!segment) return {};
  const wire::ByteView payload = segment->payload();
  return {reinterpret_cast<const char*>(payload.data()), payload.size()};
}

std::string_view HelpedPacket::udp_payload() const {
  if (l4_bytes().size() < wire::udp::size) return {};
  const wire::ByteView payload = l4_bytes().subspan(wire::udp::size);
  return {reinterpret_cast<const char*>(payload.data()), payload.size()};
}

std::uint32_t HelpedPacket::tcp_seq() const {
  return wire::TcpView(l4_bytes()).seq();
}

Digits read_digits(std::string_view text) {
  Digits digits;
  for (; digits.size < text.size(); ++digits.size) {
    const char c = text[digits.size];
    if (c < '0' || c > '9') break;
    digits.value = digits.value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return digits;
}

void attach_helper(Step& step, const Packet& packet, const HelperStatement& statement) {
  if (!packet.tracked() || !may_attach(step, *packet.conn, statement)) return;
  const wire::AddressFamily family = statement.family;
  if (family != wire::AddressFamily::none && family != packet.family()) return;
  if (!step.holds(Clause::rule_attaches_helper)) return;
  Conn& conn = *packet.conn;
  conn.help = std::make_shared<Help>(Help{.kind = statement.kind});
  if (step.holds(Clause::attached_helper_shows_in_status)) conn.status |= status::helper;
  const bool mapped = (conn.status & status::nat_mask) != 0;
  if (mapped && step.profile().late_helper_adjusts &&
      step.holds(Clause::helper_behind_a_mapping_may_resize)) {
    prepare_adjustment(step, conn);
  }
}

void attach_asked_helper(Step& step, Conn& conn, HelperKind kind) {
  if (!step.holds(Clause::template_attaches_helper)) return;
  conn.help = std::make_shared<Help>(Help{.kind = kind});
  if (step.holds(Clause::attached_helper_shows_in_status)) conn.status |= status::helper;
}

void prepare_adjustment(Step& step, Conn& conn) {
  if (conn.help == nullptr || conn.help->seqadj) return;
  if (step.holds(Clause::mapping_prepares_adjustment)) conn.help->seqadj.emplace();
}

Verdict run_helper(Step& step, Packet& packet, Hook hook, std::int32_t priority) {
  Verdict verdict = Verdict::accept;
  if (packet.tracked() && !is_past_helpers(step, packet)) {
    packet.adjustment_due = needs_adjustment(step, packet);
    if (is_helped(*packet.conn)) verdict = show(step, packet);
  }
  step.walk(Actor::helper, hook, priority, packet, verdict, [&] { return words_for(packet); });
  if (verdict != Verdict::accept) {
    ends(step, packet, Fate::dropped_by_conntrack, "the helper drops the packet");
  }
  return verdict;
}

}  // namespace natstep::model
