// SPDX-License-Identifier: GPL-2.0-or-later
// A program: a scenario in a compact form that a fuzzer can mutate. It says of each packet how it
// came about ("the reply to what came out in step 2, its checksum spoiled"), not its bytes, so that
// a change early in the program leaves what follows meaningful.
//
// Every value is an index that is reduced to the size of its table when it is used: there is no
// program that is wrong, and decode() makes one of any bytes.
#pragma once

#include "model/wire/bytes.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace natstep::fuzz {

inline constexpr std::size_t most_ops = 16;
inline constexpr std::size_t most_patches = 6;
inline constexpr std::size_t most_literal_bytes = 2048;
inline constexpr std::size_t most_box_text = 4096;

/// The box: an index into each table of box_parts.h; or, when `text` is not empty, the beginning of
/// a .nat file in its own words.
struct BoxChoice {
  std::uint8_t topology = 0;
  std::uint8_t source = 0;       // what rules do to sources
  std::uint8_t destination = 0;  // and to destinations
  std::uint8_t filter = 0;
  std::uint8_t helper = 0;
  std::uint8_t settings = 0;
  std::uint8_t block = 0;    // rules in other words than a nat and a filter table
  std::uint8_t devices = 0;  // odd: the ports can be given partial checksums and many segments
  std::string text{};

  auto operator<=>(const BoxChoice&) const = default;
};

/// Where a packet comes from.
enum class Source : std::uint8_t {
  fresh,    // the tables of packet_parts.h
  reply,    // an answer to what `subject` and `frame` name
  next,     // the packet that its sender would send next
  error,    // an ICMP error about it
  again,    // its very bytes
  piece,    // a fragment of it
  literal,  // bytes of the program's own
  event,    // no packet: `kind` says what happens to the box, see events.h
};
inline constexpr std::size_t source_count = 8;

/// One change to a packet's bytes.
struct Patch {
  enum class Field : std::uint8_t {
    ttl,
    tos,
    ip_id,
    fragment,
    version_ihl,
    total_length,
    protocol,
    ip_src,  // an index into the addresses
    ip_dst,
    ip_checksum,
    ip_options,  // an index into the options; extension headers of IPv6
    src_port,    // an index into the ports
    dst_port,
    l4_checksum,
    l4_length,  // of UDP, coverage of UDP-Lite, data offset of TCP, both of DCCP
    tcp_seq,    // what is added; of DCCP, too
    tcp_ack,
    tcp_window,
    tcp_flags,
    tcp_options,  // an index
    type_code,    // of ICMP; type and flags of SCTP's first chunk; flags of GRE; type of DCCP
    rest,         // the second word of ICMP, SCTP's tag, GRE's key
    payload,      // an index
    cut,          // the packet is so long
    pad,          // bytes are added
    bit,          // one bit of the packet, anywhere
    byte,         // one byte
  };
  static constexpr std::size_t field_count = 27;
  /// Whether lengths and checksums are computed behind it or before.
  enum class When : std::uint8_t { before_checksums, after_checksums };
  /// The packet, or the one that it quotes.
  enum class Layer : std::uint8_t { outer, quoted };

  Field field{};
  When when{};
  Layer layer{};
  std::uint16_t value = 0;

  auto operator<=>(const Patch&) const = default;
};

struct Op {
  Source source{};
  std::uint8_t where = 0;    // 0: where such a packet would come in; else a port, or the box itself
  std::uint8_t subject = 0;  // an earlier step
  std::uint8_t frame = 0;    // 0: what it put in; else one of the frames that left
  std::uint8_t protocol = 0;
  std::uint8_t src = 0;
  std::uint8_t dst = 0;
  std::uint8_t src_port = 0;
  std::uint8_t dst_port = 0;
  std::uint8_t kind = 0;     // flags of TCP, type of ICMP or DCCP, chunk of SCTP, type of an error
  std::uint8_t content = 0;  // the payload
  std::uint8_t extra = 0;    // options of TCP; how much an error quotes; which piece
  std::uint8_t offload = 0;  // 0: complete; else a device has yet to sum it, above 1 to cut it;
                             // of a piece: what is odd about it
  std::vector<Patch> patches{};
  wire::Bytes literal{};

  auto operator<=>(const Op&) const = default;
};

struct Program {
  BoxChoice box = {};
  std::vector<Op> ops = {};

  auto operator<=>(const Program&) const = default;
};

/// The first byte of an encoded program. One of version 1 has no events, no block of rules and no
/// devices to leave work to; it is read as it was meant.
inline constexpr std::uint8_t program_version = 2;

wire::Bytes encode(const Program& program);
/// The same into memory that is used again.
void encode(const Program& program, wire::Bytes& into);
/// Total: what is missing reads as zero, what is too much is left out, and a first byte that is no
/// version counts as the current one.
Program decode(wire::ByteView bytes);

}  // namespace natstep::fuzz
