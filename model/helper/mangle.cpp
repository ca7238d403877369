// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/helper/mangle.h"

#include "model/clause_names.h"
#include "model/helper/seqadj.h"
#include "model/packet.h"
#include "model/wire/checksum.h"
#include "model/wire/ipv4.h"
#include "model/wire/ipv6.h"
#include "model/wire/tcp.h"
#include "model/wire/udp.h"

#include <algorithm>
#include <cstdint>

namespace natstep::model {
namespace {

constexpr std::size_t longest_packet = 65535;

std::size_t l4_at(const Packet& packet) {
  return locate_l4(packet.bytes)->offset;
}

wire::MutableByteView l4_of(Packet& packet) {
  return wire::MutableByteView(packet.bytes).subspan(l4_at(packet));
}

bool fits(const Packet& packet, const Replacement& replacement) {
  return packet.bytes.size() + replacement.text.size() - replacement.size <= longest_packet;
}

/// The length that the header says, and its checksum.
void correct_header(Step& step, Packet& packet) {
  if (packet.is_ipv6()) {
    if (!step.holds(Clause::total_length_follows_payload)) return;
    const std::size_t length = packet.bytes.size() - wire::ipv6::size;
    return wire::Ipv6Edit(packet.bytes).set_payload_length(static_cast<std::uint16_t>(length));
  }
  const wire::Ipv4Edit header(packet.bytes);
  if (step.holds(Clause::total_length_follows_payload)) {
    header.set_total_length(static_cast<std::uint16_t>(packet.bytes.size()));
  }
  header.fill_checksum();
}

/// mangle_contents.
void replace(Step& step, Packet& packet, std::size_t payload_at, const Replacement& replacement) {
  const auto from = packet.bytes.begin() + static_cast<std::ptrdiff_t>(payload_at + replacement.at);
  const auto hole = packet.bytes.erase(from, from + static_cast<std::ptrdiff_t>(replacement.size));
  packet.bytes.insert(hole, replacement.text.begin(), replacement.text.end());
  correct_header(step, packet);
}

}  // namespace

bool mangle_tcp(Step& step, Packet& packet, const Replacement& replacement, Numbers numbers) {
  if (!fits(packet, replacement)) return false;
  const wire::TcpView segment(l4_of(packet));
  const std::uint32_t seq = segment.seq();
  replace(step, packet, l4_at(packet) + segment.header_length(), replacement);
  if (step.holds(Clause::checksum_is_made_anew_for_a_changed_payload)) {
    leave_checksum_to_device(packet, wire::ip_protocol::tcp);
  }
  if (numbers == Numbers::follow_later) return true;
  const auto growth = static_cast<std::int32_t>(replacement.text.size()) -
                      static_cast<std::int32_t>(replacement.size);
  note_resize(step, *packet.conn, direction_of(packet.ctinfo), seq, growth);
  return true;
}

bool mangle_udp(Step& step, Packet& packet, const Replacement& replacement) {
  const bool error = locate_l4(packet.bytes)->protocol != wire::ip_protocol::udp;
  if (error && !step.holds(Clause::helper_takes_an_error_for_a_datagram)) return true;
  if (!fits(packet, replacement)) return false;
  replace(step, packet, l4_at(packet) + wire::udp::size, replacement);
  const wire::MutableByteView l4 = l4_of(packet);
  wire::store_be16(&l4[wire::udp::length], static_cast<std::uint16_t>(l4.size()));
  const bool absent = wire::load_be16(&l4[wire::udp::checksum]) == 0;
  if (absent && step.holds(Clause::absent_checksum_stays_absent_in_a_changed_datagram)) return true;
  if (step.holds(Clause::checksum_is_made_anew_for_a_changed_payload)) {
    leave_checksum_to_device(packet, wire::ip_protocol::udp);
  }
  return true;
}

}  // namespace natstep::model
