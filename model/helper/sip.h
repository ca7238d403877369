// SPDX-License-Identifier: GPL-2.0-or-later
// What the parts of the SIP helper share. Source: net/netfilter/nf_conntrack_sip.c, nf_nat_sip.c.
#pragma once

#include "model/conntrack/expectation.h"
#include "model/helper/helper_packet.h"
#include "model/helper/sip_text.h"
#include "model/protocol.h"

#include <cstdint>
#include <string_view>

namespace natstep::model::sip {

/// enum sip_expectation_classes.
enum class Class : std::uint32_t { signalling = 0, audio = 1, video = 2, image = 3 };

/// sip_exp_policy.
ExpectPolicy policy_of(Class expectation_class);

/// Where a message lies in the payload. A segment may have several, a datagram is one.
struct Extent {
  std::size_t at = 0;
  std::size_t size = std::string_view::npos;
};

/// A message that is being read and written.
class Message {
 public:
  /// `extent` grows and shrinks with what is written.
  Message(const HelpedPacket& packet, Extent& extent) : packet_(packet), extent_(extent) {}

  [[nodiscard]] const HelpedPacket& packet() const { return packet_; }
  [[nodiscard]] Step& step() const { return packet_.step; }
  [[nodiscard]] Conn& conn() const { return packet_.conn; }
  [[nodiscard]] SipTrack& track() const { return packet_.conn.help->sip; }
  [[nodiscard]] std::uint8_t protocol() const { return here().protocol; }
  [[nodiscard]] bool over_tcp() const { return protocol() == wire::ip_protocol::tcp; }
  [[nodiscard]] Text text() const;
  /// The tuple of the direction in which the message goes, and of the other one.
  [[nodiscard]] const Tuple& here() const { return packet_.conn.of(packet_.direction()); }
  [[nodiscard]] const Tuple& there() const { return packet_.conn.of(!packet_.direction()); }

  /// mangle_packet. False when the message would become too long.
  [[nodiscard]] bool write(Part part, std::string_view text) const;

 private:
  const HelpedPacket& packet_;
  Extent& extent_;
};

/// nf_nat_sip: the addresses in the headers of a translated message.
Verdict translate_headers(const Message& message);

/// process_sdp: expects the media that the message describes.
Verdict process_media(const Message& message);

/// flush_expectations: the media of the connection, or one registration.
void flush(const Message& message, Class of);

/// nf_nat_sip_expect: expects a connection to a public address and port, and writes them.
Verdict expect_translated(const Message& message, Expectation expectation, Part part);

/// nf_nat_sip_expected.
void begin_expected_by_sip(Step& step, Conn& conn, const Expectation& expectation);

}  // namespace natstep::model::sip
