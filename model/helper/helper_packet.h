// SPDX-License-Identifier: GPL-2.0-or-later
// A packet as a helper sees it, and the helpers by name. Source: the help functions of
// net/netfilter/nf_conntrack_{amanda,ftp,irc,pptp,sip,tftp}.c.
#pragma once

#include "model/conntrack/conn.h"
#include "model/conntrack/expectation.h"
#include "model/hook.h"
#include "model/packet.h"
#include "model/wire/bytes.h"

#include <cstddef>
#include <optional>
#include <string_view>

namespace natstep::model {

struct HelpedPacket {
  Step& step;
  Packet& packet;
  Conn& conn;
  std::size_t l4 = 0;  // where the transport header begins

  [[nodiscard]] Direction direction() const { return direction_of(packet.ctinfo); }
  /// Both sides have spoken.
  [[nodiscard]] bool established() const {
    return packet.ctinfo == CtInfo::established || packet.ctinfo == CtInfo::established_reply;
  }
  [[nodiscard]] bool mapped() const { return (conn.status & status::nat_mask) != 0; }
  [[nodiscard]] wire::ByteView l4_bytes() const { return wire::ByteView(packet.bytes).subspan(l4); }
  /// What the segment or datagram carries; empty when it carries nothing, or is not whole.
  [[nodiscard]] std::string_view tcp_payload() const;
  [[nodiscard]] std::string_view udp_payload() const;
  [[nodiscard]] std::uint32_t tcp_seq() const;
};

/// Digits and their value, as simple_strtoul reads them.
struct Digits {
  std::uint64_t value = 0;
  std::size_t size = 0;
};
Digits read_digits(std::string_view text);

/// What a rule expects for the entry of a packet that travels in `direction`.
Related expect_by_rule(Step& step, Conn& conn, Direction direction,
                       const ExpectationStatement& statement);

/// Enters what a rule wanted to be expected, where kernels do that on the packet's way out.
Verdict help_by_rule(const HelpedPacket& packet);
Verdict help_amanda(const HelpedPacket& packet);
Verdict help_ftp(const HelpedPacket& packet);
Verdict help_irc(const HelpedPacket& packet);
Verdict help_pptp(const HelpedPacket& packet);
Verdict help_sip(const HelpedPacket& packet);
Verdict help_tftp(const HelpedPacket& packet);

}  // namespace natstep::model
