// SPDX-License-Identifier: GPL-2.0-or-later
// The parts of a scenario's lines that stand for packets and entries: text to value. The parser and
// the builder share them.
//
// Offsets in the errors are into the text given.
#pragma once

#include "harness/scenario/scenario.h"
#include "model/wire/text.h"

#include <string_view>
#include <vector>

namespace natstep::harness {

/// A packet in any of its three forms; all of `text`. Positions are left for the caller.
wire::Parsed<PacketSource> read_packet(std::string_view text);

/// `PACKET [where CONDITION and CONDITION]`.
struct PinnedPacket {
  PacketSource packet;
  std::vector<wire::Condition> where;
};
wire::Parsed<PinnedPacket> read_pinned_packet(std::string_view text);

/// `PROTO SRC > DST [reply SRC > DST] [words]`. For ICMP the tuple has its type and id behind the
/// addresses.
wire::Parsed<CtPin> read_ct_pin(std::string_view text);

/// `PROTO SRC > DST [words]` about an expectation.
wire::Parsed<ExpectPin> read_expect_pin(std::string_view text);

/// The tuple of an expectation, with `*` for what may be any.
std::string print_expected(const wire::PacketText& tuple);

/// The tuple of a reply as a `ct` line has it: without the protocol.
std::string print_reply(const wire::PacketText& reply);

/// "hex 4500001c...": any packet.
std::string print_hex(wire::ByteView bytes);

/// A comment's lines, each behind a '#' and with its newline.
std::string print_comment(std::string_view comment);

/// Where a comment begins in a line (the '#'), or npos: not in a string, and at the beginning or
/// behind a blank.
std::size_t find_comment(std::string_view line);

}  // namespace natstep::harness
