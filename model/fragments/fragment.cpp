// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/fragments/fragment.h"

#include "model/clause_names.h"
#include "model/packet.h"
#include "model/wire/ipv4.h"

#include <algorithm>

namespace natstep::model {
namespace {

constexpr std::uint8_t option_end = 0;
constexpr std::uint8_t option_nop = 1;
constexpr std::uint8_t option_copied = 0x80;  // RFC 791 section 3.1

/// ip_options_fragment: later pieces keep only the options that are marked for copying; the others
/// become padding.
void blank_uncopied_options(wire::MutableByteView options) {
  std::size_t at = 0;
  while (at < options.size() && options[at] != option_end) {
    if (options[at] == option_nop) {
      ++at;
      continue;
    }
    if (at + 1 >= options.size()) return;
    const std::size_t length = options[at + 1];
    if (length < 2 || at + length > options.size()) return;
    if ((options[at] & option_copied) == 0) {
      std::fill_n(options.begin() + static_cast<long>(at), length, option_nop);
    }
    at += length;
  }
}

/// How a packet is cut: the bytes of payload in each piece, and what their headers say beside MF.
struct Cut {
  std::vector<std::size_t> pieces;
  std::uint16_t flags = 0;
};

Cut plan_cut(Step& step, const Packet& packet, std::size_t room) {
  const wire::Ipv4View whole(packet.bytes);
  const Assembled& old = packet.assembled;
  if (old && old_pieces_fit(old.pieces, room) && step.holds(Clause::pieces_leave_as_they_came)) {
    const bool keep_df = whole.df() && !step.holds(Clause::old_pieces_leave_without_df);
    return {.pieces = old.pieces, .flags = keep_df ? wire::ipv4::df : std::uint16_t{0}};
  }
  Cut cut{.pieces = cut_anew(whole.rest().size(), room)};
  if (old.df_on_largest && step.holds(Clause::new_pieces_keep_df)) cut.flags = wire::ipv4::df;
  return cut;
}

/// How large a piece may be: no larger than the way out allows, nor than the pieces were that came.
std::uint32_t limit_of(Step& step, const Packet& packet, std::uint32_t mtu) {
  if (!packet.assembled || !step.holds(Clause::pieces_are_no_larger_than_they_came)) return mtu;
  return std::min(mtu, packet.assembled.max_size);
}

wire::Bytes piece_of(wire::ByteView header, wire::ByteView payload, std::uint16_t fragment_word) {
  wire::Bytes piece(header.begin(), header.end());
  piece.insert(piece.end(), payload.begin(), payload.end());
  const wire::Ipv4Edit edit{wire::MutableByteView(piece)};
  edit.set_fragment_word(fragment_word);
  edit.set_total_length(static_cast<std::uint16_t>(piece.size()));
  edit.fill_checksum();
  return piece;
}

}  // namespace

bool old_pieces_fit(const std::vector<std::size_t>& pieces, std::size_t room) {
  if (pieces.size() < 2) return false;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const bool last = i + 1 == pieces.size();
    if (pieces[i] > room || (!last && pieces[i] % 8 != 0)) return false;
  }
  return true;
}

std::vector<std::size_t> cut_anew(std::size_t payload, std::size_t room) {
  std::vector<std::size_t> pieces;
  while (payload > 0) {
    const std::size_t length = payload > room ? room & ~std::size_t{7} : payload;
    pieces.push_back(length);
    payload -= length;
  }
  return pieces;
}

std::vector<wire::Bytes> fragment(Step& step, const Packet& packet, std::uint32_t mtu) {
  const wire::Ipv4View whole(packet.bytes);
  wire::Bytes header(whole.header().begin(), whole.header().end());
  const wire::ByteView payload = whole.rest();
  constexpr std::size_t least_payload = 8;
  const std::uint32_t limit = limit_of(step, packet, mtu);
  if (limit < header.size() + least_payload) return {};
  const Cut cut = plan_cut(step, packet, limit - header.size());
  std::vector<wire::Bytes> pieces;
  std::size_t at = 0;
  for (const std::size_t length : cut.pieces) {
    const std::size_t offset = whole.fragment_offset() + at;
    const bool more = at + length < payload.size() || whole.mf();
    const auto word =
        static_cast<std::uint16_t>(offset / 8 | cut.flags | (more ? wire::ipv4::mf : 0u));
    pieces.push_back(piece_of(header, payload.subspan(at, length), word));
    if (offset == 0 && !packet.header_is_the_senders &&
        step.holds(Clause::later_fragment_drops_uncopied_options)) {
      blank_uncopied_options(wire::MutableByteView(header).subspan(wire::ipv4::min_size));
    }
    at += length;
  }
  return pieces;
}

}  // namespace natstep::model
