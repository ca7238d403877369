// SPDX-License-Identifier: GPL-2.0-or-later
// What an ICMP error quotes, beside the packet of which it tells.
#pragma once

#include "harness/lockstep/law_packet.h"
#include "harness/lockstep/law_writes.h"
#include "model/wire/bytes.h"

#include <cstddef>
#include <optional>
#include <string>

namespace natstep::harness {

/// Where the quote is not the beginning of `whole`, but for what rules write and for what every
/// router on the way writes; nothing when it is.
std::optional<std::size_t> not_quoted(const LawPacket& quote, wire::ByteView whole,
                                      const RuleWrites& writes);

/// That byte of the quote, and the one that was sent.
std::string byte_in_words(const LawPacket& quote, wire::ByteView whole, std::size_t at);

/// An error about an earlier packet, for whose other pieces the box has waited in vain.
bool tells_of_reassembly(const LawPacket& error);

/// An error of IPv6 whose quote ends within its extension headers: conntrack may make something of
/// that (nf_ct_get_tuplepr), and which bytes are whose nobody can tell.
bool quote_ends_in_its_extensions(const LawPacket& packet);

/// The packet that came in, as the box may quote it: it is mapped there and back. That leaves every
/// byte as it came, but for two things that happen to a checksum that was wrong. Of the two zeros
/// of RFC 1071 one may have become the other, and a CRC32c is made right. What was `partial` has no
/// checksum yet.
wire::Bytes as_quoted_back(const LawPacket& came, const LawPacket& quote, bool partial);

}  // namespace natstep::harness
