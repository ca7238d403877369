// SPDX-License-Identifier: GPL-2.0-or-later
// What makes two findings the same one: in which aspect and field the sides part first, at which
// hook, what conntrack made of the packet, its protocol, and the clause that decides it. Addresses,
// ports and places in a script are no part of it.
//
// It lives here and not in fuzz/, because `natstep minimize` and `natstep reproduce` need it as
// campaigns do, and harness/ may not know fuzz/.
#pragma once

#include "harness/lockstep/outcome.h"

#include <optional>
#include <string>
#include <string_view>

namespace natstep::harness {

struct Signature {
  std::string aspect;           // "frames", "conntrack", ...; "deviation" for a known one
  std::string field;            // "udp.checksum", "timeout", "frame_missing"
  std::string hook = "-";       // the first at which the sides part; "-": at none that is seen
  std::string conntrack = "-";  // "new", "established", "reply", "related", "invalid", "untracked"
  std::string protocol = "-";   // "udp", "tcp6", "icmp(udp)" for an error that quotes a datagram
  std::string clause = "-";     // the clause that decides what differs

  bool operator==(const Signature&) const = default;
};

/// Nothing for an outcome that has no finding: one that agrees, or was not played.
std::optional<Signature> signature_of(const Outcome& outcome);

/// "frames udp.checksum post_routing new udp udp_checksum_absent_stays_absent": six words, which
/// parse_signature reads again.
std::string to_string(const Signature& signature);
std::optional<Signature> parse_signature(std::string_view text);

/// Eight hexadecimal digits that stay the same from version to version (FNV-1a of the text).
std::string short_hash(const Signature& signature);

/// A name for a folder: "frames-udp.checksum-9c0f2a11".
std::string folder_name(const Signature& signature);

/// The subject of a finding without places, numbers and addresses: "udp.checksum on wan, frame 2"
/// and "udp.checksum on lan" are both "udp.checksum".
std::string field_of(const Finding& finding);

/// "udp", "tcp6", "icmp(udp)", "hex": the protocol as the packet notation names it.
std::string protocol_of(wire::ByteView packet);

}  // namespace natstep::harness
