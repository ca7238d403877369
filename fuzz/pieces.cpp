// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/pieces.h"

#include "fuzz/packet_layers.h"
#include "model/wire/ipv4.h"
#include "model/wire/ipv6.h"

#include <algorithm>

namespace natstep::fuzz {
namespace {

void append(wire::Bytes& bytes, wire::ByteView more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

/// What `offload` says of a piece.
enum class Oddity : std::uint8_t {
  none,
  df,
  ends_early,
  never_ends,
  late,
  overlaps,
  empty,
  uneven
};

/// Where a piece begins and ends behind the IP header, and whether more follow.
struct Cut {
  std::size_t from = 0, to = 0;
  bool more = false;
  std::size_t said = 0;  // the offset in its header
};

/// `extra` counts the pieces; each is `kind` units of eight bytes long, or of 64.
Cut cut_of(const Op& op, std::size_t length) {
  constexpr std::size_t unit = 8, large_unit = 64;
  const std::size_t size = (op.kind % 16 + 1) * (op.kind % 32 < 16 ? unit : large_unit);
  Cut cut{.from = op.extra % 8 * size};
  cut.to = std::min(cut.from + size, length);
  cut.more = cut.to < length;
  cut.said = cut.from;
  switch (static_cast<Oddity>(op.offload % 8)) {
    case Oddity::ends_early:
      cut.more = false;
      break;
    case Oddity::never_ends:
      cut.more = true;
      break;
    case Oddity::late:
      cut.said += unit;
      break;
    case Oddity::overlaps:
      cut.said -= std::min(cut.said, unit);
      break;
    case Oddity::empty:
      cut.to = cut.from;
      break;
    case Oddity::uneven:
      cut.to -= std::min<std::size_t>(cut.to - std::min(cut.to, cut.from), 3);
      break;
    default:
      break;
  }
  return cut;
}

wire::Bytes ipv6_piece(wire::ByteView base, const Layers& layers, const Op& op) {
  const Cut cut = cut_of(op, base.size() - layers.l4);
  if (layers.l4 != wire::ipv6::size || cut.from >= base.size() - layers.l4)
    return {base.begin(), base.end()};
  wire::Bytes piece(base.begin(), base.begin() + wire::ipv6::size);
  wire::Bytes header(8);
  header[0] = piece[wire::ipv6::next_header];
  wire::store_be16(&header[2], static_cast<std::uint16_t>(cut.said | (cut.more ? 1u : 0u)));
  wire::store_be32(&header[4], 0x4e00u + op.content);
  piece[wire::ipv6::next_header] = wire::ip_protocol::fragment;
  append(piece, header);
  append(piece, base.subspan(layers.l4 + cut.from, cut.to - cut.from));
  wire::store_be16(&piece[wire::ipv6::payload_length],
                   static_cast<std::uint16_t>(piece.size() - wire::ipv6::size));
  return piece;
}

}  // namespace

wire::Bytes piece_of(wire::ByteView base, const Op& op) {
  const Layers layers = layers_of(base);
  wire::Bytes whole(base.begin(), base.end());
  if (!layers.any() || layers.later_fragment) return whole;
  if (layers.family == wire::AddressFamily::ipv6) return ipv6_piece(base, layers, op);
  const Cut cut = cut_of(op, whole.size() - layers.l4);
  if (cut.from >= whole.size() - layers.l4) return whole;
  wire::Bytes piece(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(layers.l4));
  append(piece, base.subspan(layers.l4 + cut.from, cut.to - cut.from));
  const wire::Ipv4Edit header(piece);
  if (header.id() == 0) header.set_id(static_cast<std::uint16_t>(0x4e00 + op.content));
  const bool df = static_cast<Oddity>(op.offload % 8) == Oddity::df;
  header.set_fragment_word(static_cast<std::uint16_t>(
      cut.said / 8 | (cut.more ? wire::ipv4::mf : 0) | (df ? wire::ipv4::df : 0)));
  header.set_total_length(static_cast<std::uint16_t>(piece.size()));
  if (header.header_fits()) header.fill_checksum();
  return piece;
}

}  // namespace natstep::fuzz
