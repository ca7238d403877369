// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/laws.h"

#include "model/tuple.h"
#include "model/wire/gre.h"
#include "model/wire/icmpv4.h"
#include "model/wire/ipv4.h"
#include "model/wire/sctp.h"
#include "model/wire/tcp.h"
#include "model/wire/udp.h"
#include "model/wire/udplite.h"

#include <algorithm>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

using model::Direction;
using wire::ByteView;
using wire::Ipv4View;
namespace protocol = wire::ip_protocol;

using Broken = std::optional<std::string>;

/// The IPv4 packet without what trails it; nothing when its header is not whole.
std::optional<Ipv4View> ip_packet(ByteView bytes) {
  const auto view = Ipv4View::parse(bytes);
  if (!view || view->version() != 4 || !view->header_fits()) return std::nullopt;
  return Ipv4View(bytes.first(std::min<std::size_t>(view->total_length(), bytes.size())));
}

bool is_icmp_error(const Ipv4View& packet) {
  return packet.protocol() == protocol::icmp && packet.payload().size() >= wire::icmpv4::size &&
         wire::icmpv4::is_error(packet.payload()[wire::icmpv4::type]);
}

/// What an ICMP error quotes.
ByteView embedded_in(const Ipv4View& packet) {
  return is_icmp_error(packet) ? packet.payload().subspan(wire::icmpv4::size) : ByteView{};
}

bool same_icmp_kind(const Ipv4View& left, const Ipv4View& right) {
  if (left.protocol() != protocol::icmp) return true;
  const auto l = left.payload(), r = right.payload();
  return l.size() >= 2 && r.size() >= 2 && l[0] == r[0] && l[1] == r[1];
}

/// A packet that came in and the frame that is the same packet, passed on.
struct Passage {
  Ipv4View in;
  Ipv4View out;
};

/// Nothing when the frame is not the stimulus passed on, but an answer of the box, a reassembled
/// packet, or part of one.
std::optional<Passage> passage(const LawCase& law_case, ByteView frame) {
  if (!law_case.forwarded || !law_case.injected) return std::nullopt;
  const auto in = ip_packet(law_case.sent), out = ip_packet(frame);
  if (!in || !out || in->is_fragment() || out->is_fragment()) return std::nullopt;
  const bool same = in->ihl() == out->ihl() && in->total_length() == out->total_length() &&
                    in->bytes().size() == out->bytes().size() && in->id() == out->id() &&
                    in->protocol() == out->protocol() && same_icmp_kind(*in, *out);
  return same ? std::optional(Passage{.in = *in, .out = *out}) : std::nullopt;
}

enum class Checksum : std::uint8_t { none, absent, valid, bad };

Checksum judged(bool valid) {
  return valid ? Checksum::valid : Checksum::bad;
}

Checksum udp_checksum(const Ipv4View& packet) {
  const auto view = wire::UdpView::parse(packet.payload());
  if (!view || view->length() < wire::udp::size || view->length() > packet.payload().size()) {
    return Checksum::none;
  }
  if (view->checksum() == 0) return Checksum::absent;
  return judged(view->checksum_valid(
      wire::pseudo_header_sum(packet.src(), packet.dst(), protocol::udp, view->length())));
}

Checksum udplite_checksum(const Ipv4View& packet) {
  const auto view = wire::UdpliteView::parse(packet.payload());
  if (!view || !view->coverage_sane()) return Checksum::none;
  return judged(wire::checksum_valid(
      view->covered(), wire::pseudo_header_sum(packet.src(), packet.dst(), protocol::udplite,
                                               packet.payload().size())));
}

/// The state of the transport checksum; none where there is none, or where not all of its data is
/// there.
Checksum l4_checksum(const Ipv4View& packet) {
  if (packet.is_fragment() || packet.bytes().size() < packet.total_length()) return Checksum::none;
  const auto payload = packet.payload();
  switch (packet.protocol()) {
    case protocol::udp:
      return udp_checksum(packet);
    case protocol::udplite:
      return udplite_checksum(packet);
    case protocol::sctp:
      if (payload.size() < wire::sctp::size) return Checksum::none;
      return judged(wire::SctpView(payload).checksum_valid());
    case protocol::icmp:
      return payload.size() < wire::icmpv4::size ? Checksum::none
                                                 : judged(wire::checksum_valid(payload));
    case protocol::tcp:
      if (payload.size() < wire::tcp::min_size) return Checksum::none;
      return judged(wire::checksum_valid(
          payload,
          wire::pseudo_header_sum(packet.src(), packet.dst(), protocol::tcp, payload.size())));
    default:
      return Checksum::none;
  }
}

std::string_view word(Checksum checksum) {
  switch (checksum) {
    case Checksum::none:
      return "without a checksum";
    case Checksum::absent:
      return "absent";
    case Checksum::valid:
      return "valid";
    case Checksum::bad:
      return "bad";
  }
  return "";
}

/// The entry to which a packet with this tuple belongs, and its direction.
struct Owner {
  const LawEntry* entry = nullptr;
  Direction direction = Direction::original;
};

/// Entries of after the step come last and are the ones to believe.
Owner owner_of(const LawCase& law_case, const model::Tuple& tuple) {
  for (auto entry = law_case.entries.rbegin(); entry != law_case.entries.rend(); ++entry) {
    for (const auto direction : {Direction::original, Direction::reply}) {
      if (entry->of(direction) == tuple) return {.entry = &*entry, .direction = direction};
    }
  }
  return {};
}

/// The entry whose packet an ICMP error quotes, and the direction of the quoted packet. The quoted
/// packet left the box, or would have: it has the tuple that the other direction's answers are told
/// by, turned round.
Owner owner_of_embedded(const LawCase& law_case, ByteView embedded) {
  const auto tuple = model::tuple_of(embedded);
  const auto inverse = tuple ? model::invert(*tuple) : std::nullopt;
  if (!inverse) return {};
  auto owner = owner_of(law_case, *inverse);
  owner.direction = !owner.direction;
  return owner;
}

/// The tuple with which packets of `direction` leave the box.
std::optional<model::Tuple> tuple_outside(const LawEntry& entry, Direction direction) {
  return model::invert(entry.of(!direction));
}

/// The ranges of bytes of an L4 header that NAT owns, counted from the header.
struct Range {
  std::size_t from = 0;
  std::size_t size = 0;
};

std::vector<Range> owned_l4(std::uint8_t l4_protocol, ByteView payload) {
  switch (l4_protocol) {
    case protocol::udp:
      return {{wire::udp::src_port, 4}, {wire::udp::checksum, 2}};
    case protocol::tcp:
      return {{wire::tcp::src_port, 4}, {wire::tcp::checksum, 2}};
    case protocol::udplite:
      return {{wire::udplite::src_port, 4}, {wire::udplite::checksum, 2}};
    case protocol::sctp:
      return {{wire::sctp::src_port, 4}, {wire::sctp::checksum, 4}};
    case protocol::gre:
      if (payload.size() < wire::gre::pptp_size || wire::gre::version(payload) != 1) return {};
      return {{wire::gre::call_id, 2}};
    case protocol::icmp:
      if (payload.empty()) return {};
      if (wire::icmpv4::is_query(payload[0]))
        return {{wire::icmpv4::checksum, 2}, {wire::icmpv4::id, 2}};
      return {{wire::icmpv4::checksum, 2}};
    default:
      return {};
  }
}

void blank(std::vector<bool>& owned, std::size_t from, std::size_t size) {
  for (std::size_t i = from; i < std::min(from + size, owned.size()); ++i)
    owned[i] = true;
}

/// Marks what NAT and the router may write in the packet that begins at `at`. The router never
/// writes a quoted packet, and no one but the router writes options, which it may (record route).
void mark_owned(std::vector<bool>& owned, ByteView all, std::size_t at) {
  const Ipv4View packet(all.subspan(at));
  if (!packet.fits() || !packet.header_fits()) return;
  blank(owned, at + wire::ipv4::checksum, 2);
  blank(owned, at + wire::ipv4::src, 8);
  if (at == 0) {
    blank(owned, wire::ipv4::ttl, 1);
    blank(owned, wire::ipv4::options, packet.header_length() - wire::ipv4::min_size);
  }
  const auto l4 = at + packet.header_length();
  for (const auto& range : owned_l4(packet.protocol(), all.subspan(l4))) {
    blank(owned, l4 + range.from, range.size);
  }
  if (at == 0 && is_icmp_error(packet)) mark_owned(owned, all, l4 + wire::icmpv4::size);
}

/// A helper may change the payload, and the numbers that count it.
bool is_helped(const LawCase& law_case, ByteView packet) {
  const auto tuple = model::tuple_of(packet);
  const auto owner = tuple ? owner_of(law_case, *tuple) : Owner{};
  return owner.entry != nullptr && owner.entry->helped;
}

bool trusted(const Ipv4View& packet) {
  const auto checksum = l4_checksum(packet);
  return checksum == Checksum::valid || checksum == Checksum::absent;
}

}  // namespace

Broken ip_checksum_valid(const LawCase&, ByteView frame) {
  const auto out = ip_packet(frame);
  if (!out || out->checksum_valid()) return std::nullopt;
  return fmt::format("the IPv4 header leaves with a bad checksum 0x{:04x}", out->checksum());
}

Broken l4_checksum_stays_valid(const LawCase& law_case, ByteView frame) {
  const auto out = ip_packet(frame);
  if (!out || !law_case.injected) return std::nullopt;
  const auto after = l4_checksum(*out);
  if (!law_case.forwarded) {
    if (after != Checksum::bad) return std::nullopt;
    return "the box's own packet leaves with a bad checksum";
  }
  const auto pass = passage(law_case, frame);
  if (!pass) return std::nullopt;
  const auto before = l4_checksum(pass->in);
  if (before == Checksum::bad || before == Checksum::none || before == after) return std::nullopt;
  return fmt::format("came in {}, leaves {}", word(before), word(after));
}

Broken embedded_checksums_stay_valid(const LawCase& law_case, ByteView frame) {
  const auto pass = passage(law_case, frame);
  if (!pass || !trusted(pass->in)) return std::nullopt;
  const Ipv4View in(embedded_in(pass->in)), out(embedded_in(pass->out));
  if (!in.fits() || !in.header_fits() || !in.checksum_valid() || !out.fits()) return std::nullopt;
  if (!out.checksum_valid())
    return "the embedded IPv4 header came in valid, leaves with a bad checksum";
  const auto before = l4_checksum(in), after = l4_checksum(out);
  if (before != Checksum::valid || after == Checksum::valid) return std::nullopt;
  return fmt::format("the embedded packet's checksum came in valid, leaves {}", word(after));
}

Broken embedded_is_what_was_sent(const LawCase& law_case, ByteView frame) {
  const auto pass = passage(law_case, frame);
  if (!pass || law_case.rules_untrack || !trusted(pass->in)) return std::nullopt;
  const auto quoted = embedded_in(pass->in);
  const auto owner = owner_of_embedded(law_case, quoted);
  // Conntrack disregards an error that was not sent to the one who sent what it quotes.
  if (!owner.entry || Ipv4View(quoted).src() != pass->in.dst()) return std::nullopt;
  const auto& sent = owner.entry->of(owner.direction);
  const auto shown = model::tuple_of(embedded_in(pass->out));
  if (shown == sent) return std::nullopt;
  return fmt::format("quotes {}, sent was {}", shown ? model::to_string(*shown) : "rubbish",
                     model::to_string(sent));
}

Broken translated_as_the_entry_says(const LawCase& law_case, ByteView frame) {
  const auto pass = passage(law_case, frame);
  if (!pass || law_case.rules_untrack) return std::nullopt;
  const auto in = model::tuple_of(pass->in.bytes()), out = model::tuple_of(pass->out.bytes());
  if (!in || !out || in == out) return std::nullopt;
  const auto owner = owner_of(law_case, *in);
  if (!owner.entry) return std::nullopt;
  const auto wanted = tuple_outside(*owner.entry, owner.direction);
  if (!wanted || out == wanted) return std::nullopt;
  return fmt::format("leaves as {}, the entry says {}", model::to_string(*out),
                     model::to_string(*wanted));
}

Broken no_address_leaks(const LawCase& law_case, ByteView frame) {
  const auto pass = passage(law_case, frame);
  if (!pass || law_case.rules_untrack) return std::nullopt;
  const auto in = model::tuple_of(pass->in.bytes());
  if (!in) return std::nullopt;
  const auto owner = owner_of(law_case, *in);
  if (!owner.entry || owner.direction != Direction::original ||
      (owner.entry->status & model::status::src_nat) == 0) {
    return std::nullopt;
  }
  const bool address_hidden = owner.entry->of(Direction::reply).dst != in->src;
  if (!address_hidden || pass->out.src() != pass->in.src()) return std::nullopt;
  return fmt::format("{} is seen outside, the entry hides it", wire::to_string(in->src));
}

Broken other_bytes_untouched(const LawCase& law_case, ByteView frame) {
  const auto pass = passage(law_case, frame);
  if (!pass) return std::nullopt;
  const auto in = pass->in.bytes(), out = pass->out.bytes();
  std::vector<bool> owned(in.size(), false);
  mark_owned(owned, in, 0);
  if (is_helped(law_case, in)) blank(owned, pass->in.header_length(), in.size());
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (owned[i] || in[i] == out[i]) continue;
    return fmt::format("byte {} is not NAT's, and goes from 0x{:02x} to 0x{:02x}", i, in[i],
                       out[i]);
  }
  return std::nullopt;
}

Broken no_entry_no_translation(const LawCase& law_case, ByteView frame) {
  const auto pass = passage(law_case, frame);
  if (!pass) return std::nullopt;
  const auto in = model::tuple_of(pass->in.bytes()), out = model::tuple_of(pass->out.bytes());
  if (!in || owner_of(law_case, *in).entry ||
      owner_of_embedded(law_case, embedded_in(pass->in)).entry) {
    return std::nullopt;
  }
  if (in == out && std::ranges::equal(pass->in.payload(), pass->out.payload())) return std::nullopt;
  return "no entry speaks for the packet, and it leaves changed";
}

Broken ttl_down_by_one(const LawCase& law_case, ByteView frame) {
  const auto pass = passage(law_case, frame);
  if (!pass || pass->out.ttl() + 1 == pass->in.ttl()) return std::nullopt;
  return fmt::format("TTL goes from {} to {}", pass->in.ttl(), pass->out.ttl());
}

const std::array<Law, 9>& laws() {
  static constexpr std::array<Law, 9> all{{
      {"the IPv4 header checksum is valid", ip_checksum_valid},
      {"a checksum that came in valid leaves valid", l4_checksum_stays_valid},
      {"checksums of an embedded packet stay valid", embedded_checksums_stay_valid},
      {"an ICMP error quotes what was sent", embedded_is_what_was_sent},
      {"a packet is translated as its entry says", translated_as_the_entry_says},
      {"no address that NAT hides is seen outside", no_address_leaks},
      {"bytes that NAT does not own are untouched", other_bytes_untouched},
      {"what no entry speaks for is untouched", no_entry_no_translation},
      {"forwarding takes one from the TTL", ttl_down_by_one},
  }};
  return all;
}

}  // namespace natstep::harness
