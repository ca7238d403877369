// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/clause_names.h"
#include "model/fragments/fragment.h"
#include "model/packet.h"
#include "model/wire/ipv6.h"

#include <algorithm>
#include <optional>

namespace natstep::model {
namespace {

constexpr std::size_t fragment_header = wire::ipv6::fragment::size;

/// The bounds of the fragments that came, seen from where the box would begin to cut: an extension
/// header that stood in front of the fragment header may belong behind it, and the other way round.
std::vector<std::size_t> old_pieces(const Assembled& old, std::size_t cut_at) {
  std::vector<std::size_t> pieces = old.pieces;
  if (pieces.empty() || pieces.front() + old.begins_at <= cut_at) return {};
  pieces.front() = pieces.front() + old.begins_at - cut_at;
  return pieces;
}

std::vector<std::size_t> plan(Step& step, const Packet& packet, std::size_t cut_at,
                              std::uint32_t mtu) {
  const std::size_t room = mtu - cut_at - fragment_header;
  std::vector<std::size_t> old = old_pieces(packet.assembled, cut_at);
  if (old_pieces_fit(old, room) && step.holds(Clause::pieces_leave_as_they_came)) return old;
  return cut_anew(packet.bytes.size() - cut_at, room);
}

/// How large a piece may be.
std::uint32_t limit_of(Step& step, const Packet& packet, std::uint32_t mtu) {
  if (!packet.assembled) return mtu;
  const std::uint32_t came = packet.assembled.max_size;
  if (!step.holds(Clause::ipv6_pieces_may_be_1280)) return came;
  return std::max<std::uint32_t>(came, wire::ipv6::min_mtu);
}

wire::Bytes piece_of(wire::ByteView packet, wire::FragmentPlace cut, wire::ByteView payload,
                     std::uint16_t word) {
  wire::Bytes piece(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(cut.offset));
  piece.resize(cut.offset + fragment_header);
  piece[cut.offset] = piece[cut.named_at];
  piece[cut.named_at] = wire::ip_protocol::fragment;
  wire::store_be16(&piece[cut.offset + wire::ipv6::fragment::word], word);
  piece.insert(piece.end(), payload.begin(), payload.end());
  wire::Ipv6Edit(piece).set_payload_length(
      static_cast<std::uint16_t>(piece.size() - wire::ipv6::size));
  return piece;
}

std::uint32_t choose_id(Step& step, const wire::Bytes& first_piece) {
  if (!step.holds(Clause::fragments_leave_with_a_new_id)) return 0;
  return step.choose({.kind = ChoiceKind::fragment_id,
                      .clause = Clause::fragments_leave_with_a_new_id,
                      .original = {},
                      .wanted = {},
                      .instead_of = 0,
                      .packet = first_piece,
                      .lowest = 1,
                      .highest = 0xffffffff,
                      .allowed = {}});
}

}  // namespace

std::vector<wire::Bytes> fragment_ipv6(Step& step, const Packet& packet, std::uint32_t mtu) {
  const wire::ByteView bytes(packet.bytes);
  const auto cut = wire::fragmentable_part(bytes);
  constexpr std::size_t least_payload = 8;
  const std::uint32_t limit = limit_of(step, packet, mtu);
  if (!cut || limit < cut->offset + fragment_header + least_payload) return {};
  std::vector<wire::Bytes> pieces;
  std::size_t at = cut->offset;
  for (const std::size_t length : plan(step, packet, cut->offset, limit)) {
    const bool more = at + length < bytes.size();
    const auto word =
        static_cast<std::uint16_t>((at - cut->offset) | (more ? wire::ipv6::fragment::mf : 0u));
    pieces.push_back(piece_of(bytes, *cut, bytes.subspan(at, length), word));
    at += length;
  }
  if (pieces.empty()) return pieces;
  const std::uint32_t id = choose_id(step, pieces.front());
  for (wire::Bytes& piece : pieces)
    wire::store_be32(&piece[cut->offset + wire::ipv6::fragment::id], id);
  return pieces;
}

}  // namespace natstep::model
