// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/fragment.h"

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

}  // namespace

std::vector<wire::Bytes> fragment(Step& step, wire::ByteView packet, std::uint32_t mtu) {
  const wire::Ipv4View whole(packet);
  wire::Bytes header(whole.header().begin(), whole.header().end());
  const wire::ByteView payload = whole.rest();
  const std::size_t room = mtu - header.size();
  std::vector<wire::Bytes> pieces;
  for (std::size_t at = 0; at < payload.size();) {
    std::size_t length = std::min(payload.size() - at, room);
    const bool last = at + length == payload.size();
    if (!last) length &= ~std::size_t{7};
    wire::Bytes piece = header;
    piece.insert(piece.end(), payload.begin() + static_cast<long>(at),
                 payload.begin() + static_cast<long>(at + length));
    const wire::Ipv4Edit edit{wire::MutableByteView(piece)};
    const std::size_t offset = whole.fragment_offset() + at;
    const bool more = !last || whole.mf();
    edit.set_fragment_word(static_cast<std::uint16_t>(offset / 8 | (more ? wire::ipv4::mf : 0u)));
    edit.set_total_length(static_cast<std::uint16_t>(piece.size()));
    edit.fill_checksum();
    pieces.push_back(std::move(piece));
    if (at == 0 && step.holds(Clause::later_fragment_drops_uncopied_options)) {
      blank_uncopied_options(wire::MutableByteView(header).subspan(wire::ipv4::min_size));
    }
    at += length;
  }
  return pieces;
}

}  // namespace natstep::model
