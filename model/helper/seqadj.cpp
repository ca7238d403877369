// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/helper/seqadj.h"

#include "model/clause_names.h"
#include "model/packet.h"
#include "model/wire/checksum.h"
#include "model/wire/ipv4.h"
#include "model/wire/tcp.h"

namespace natstep::model {
namespace {

namespace tcp = wire::tcp;

bool before(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::int32_t>(a - b) < 0;
}

std::uint32_t shifted(std::uint32_t number, std::int32_t by) {
  return number + static_cast<std::uint32_t>(by);
}

/// The shift of a number in the sender's own counting.
std::int32_t shift_at(const SeqAdjust& adjust, std::uint32_t number) {
  return before(adjust.position, number) ? adjust.after : adjust.before;
}

/// An acknowledgement counts as the receiver does: it is turned back into the sender's counting.
std::uint32_t turned_back(const SeqAdjust& adjust, std::uint32_t number) {
  const std::int32_t shift = shift_at(adjust, shifted(number, -adjust.before));
  return shifted(number, -shift);
}

/// One segment that is being adjusted. Whatever stands behind the IP header is taken for TCP.
class Segment {
 public:
  Segment(Step& step, Packet& packet, wire::MutableByteView l4)
      : step_(step), sums_(!packet.checksum_partial), l4_(l4) {}

  [[nodiscard]] std::uint32_t number(std::size_t at) const { return wire::load_be32(&l4_[at]); }

  void write(std::size_t at, std::uint32_t value) {
    const std::uint16_t check = wire::load_be16(&l4_[tcp::checksum]);
    if (sums_ && step_.holds(Clause::checksum_follows_adjusted_numbers)) {
      wire::store_be16(&l4_[tcp::checksum], wire::csum_replace4(check, number(at), value));
    }
    wire::store_be32(&l4_[at], value);
  }

  /// nf_ct_sack_adjust.
  bool adjust_sack(const SeqAdjust& other) {
    const std::size_t end = std::size_t{4} * (l4_[tcp::offset_reserved] >> 4);
    if (end > l4_.size()) return false;
    for (std::size_t at = tcp::options; at < end;) {
      if (l4_[at] == tcp::option::end) return true;
      if (l4_[at] == tcp::option::nop) {
        ++at;
        continue;
      }
      if (at + 1 == end || at + l4_[at + 1] > end || l4_[at + 1] < 2) {
        return !step_.holds(Clause::adjustment_drops_broken_options);
      }
      adjust_option(at, other);
      at += l4_[at + 1];
    }
    return true;
  }

 private:
  void adjust_option(std::size_t at, const SeqAdjust& other) {
    constexpr std::size_t block = 8;
    const std::size_t size = l4_[at + 1];
    if (l4_[at] != tcp::option::sack || size < 2 + block || (size - 2) % block != 0) return;
    if (!step_.holds(Clause::sack_edges_are_adjusted)) return;
    for (std::size_t edge = at + 2; edge < at + size; edge += 4)
      write(edge, turned_back(other, number(edge)));
  }

  Step& step_;
  bool sums_;  // the checksum is there, and must follow
  wire::MutableByteView l4_;
};

/// What stands behind the headers of IP.
wire::MutableByteView l4_of(Packet& packet) {
  const auto where = locate_l4(packet.bytes);
  const std::size_t offset = where ? where->offset : packet.bytes.size();
  return wire::MutableByteView(packet.bytes).subspan(std::min(offset, packet.bytes.size()));
}

bool is_new_resize(Step& step, const SeqAdjust& adjust, std::uint32_t seq) {
  if (adjust.before == adjust.after || before(adjust.position, seq)) return true;
  return !step.holds(Clause::repeated_resize_counts_once);
}

}  // namespace

void note_resize(Step& step, Conn& conn, Direction direction, std::uint32_t seq,
                 std::int32_t growth) {
  if (growth == 0 || !conn.help->seqadj) return;
  if (step.holds(Clause::resize_shows_in_status)) conn.status |= status::seq_adjust;
  SeqAdjust& adjust = (*conn.help->seqadj)[index(direction)];
  if (!is_new_resize(step, adjust, seq)) return;
  adjust.position = seq;
  adjust.before = adjust.after;
  adjust.after += growth;
}

bool adjust_numbers(Step& step, Packet& packet) {
  const Direction direction = direction_of(packet.ctinfo);
  const SeqAdjust& own = (*packet.conn->help->seqadj)[index(direction)];
  const SeqAdjust& other = (*packet.conn->help->seqadj)[index(!direction)];
  const wire::MutableByteView l4 = l4_of(packet);
  if (l4.size() < tcp::min_size) return false;
  Segment segment(step, packet, l4);
  const std::uint32_t seq = segment.number(tcp::seq);
  const std::int32_t shift =
      step.holds(Clause::old_data_keep_their_shift) ? shift_at(own, seq) : own.after;
  if (step.holds(Clause::sequence_number_is_shifted)) segment.write(tcp::seq, shifted(seq, shift));
  if ((l4[tcp::flags] & tcp::ack_flag) == 0) return true;
  if (step.holds(Clause::acknowledgement_is_shifted_back)) {
    segment.write(tcp::ack, turned_back(other, segment.number(tcp::ack)));
  }
  return segment.adjust_sack(other);
}

std::int32_t seq_offset(const Conn& conn, Direction direction, std::uint32_t seq) {
  if (conn.help == nullptr || !conn.help->seqadj) return 0;
  return shift_at((*conn.help->seqadj)[index(direction)], seq);
}

}  // namespace natstep::model
