// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/conntrack/track.h"

#include "model/clause_names.h"
#include "model/packet.h"
#include "model/wire/checksum.h"
#include "model/wire/ipv4.h"

namespace natstep::model {

void count(Step& step, Conn& conn, const TrackedPacket& packet) {
  const bool own_direction = step.holds(Clause::packet_counts_in_its_direction);
  const Direction direction = own_direction ? direction_of(packet.ctinfo) : Direction::original;
  const bool l3_length = step.holds(Clause::packet_counts_with_its_ip_length);
  Counters& counters = conn.counters[index(direction)];
  ++counters.packets;
  counters.bytes += l3_length ? packet.l3.size() : packet.l4.size();
}

const Settings::Timeouts& timeouts_of(Step& step, const Conn& conn) {
  const bool own =
      conn.timeouts != nullptr && step.holds(Clause::timeout_policy_stays_with_its_entry);
  return own ? *conn.timeouts : step.settings().timeout;
}

void refresh(Step& step, Conn& conn, std::uint32_t timeout) {
  const bool fixed =
      conn.has(status::fixed_timeout) &&
      (conn.has(status::nat_clash) || step.holds(Clause::fixed_timeout_is_not_refreshed));
  if (fixed) return;
  conn.timeout = timeout;
  conn.refreshed_at = step.now();
}

void refresh_acct(Step& step, Conn& conn, const TrackedPacket& packet, std::uint32_t timeout) {
  const bool refreshes =
      !conn.has(status::confirmed) || step.holds(Clause::accepted_packet_refreshes_timeout);
  if (refreshes) refresh(step, conn, timeout);
  count(step, conn, packet);
}

bool verifies_checksum(Step& step, Hook hook) {
  if (hook != Hook::pre_routing) return !step.holds(Clause::own_checksum_is_not_verified);
  if (!step.settings().conntrack_checksum) return !step.holds(Clause::checksum_setting_off_accepts);
  return true;
}

bool verifies_checksum(Step& step, const TrackedPacket& packet) {
  if (packet.checksum_partial && step.holds(Clause::partial_checksum_is_not_verified)) return false;
  return verifies_checksum(step, packet.hook);
}

bool verify_checksum(const TrackedPacket& packet, wire::ByteView covered, std::uint8_t protocol) {
  if (!l4_checksum_valid(packet.l3, covered, protocol)) return false;
  if (packet.checksum_verified != nullptr) *packet.checksum_verified = true;
  return true;
}

bool l4_checksum_valid(wire::ByteView l3, wire::ByteView l4, std::uint8_t protocol) {
  return wire::checksum_valid(l4, pseudo_header_of(l3, protocol, l4.size()));
}

}  // namespace natstep::model
