// SPDX-License-Identifier: GPL-2.0-or-later
// IRC: a client offers another one a direct connection (DCC) by address and port, in a message to
// it. Source: net/netfilter/nf_conntrack_irc.c, nf_nat_irc.c.
#include "model/clause_names.h"
#include "model/helper/helper_packet.h"
#include "model/helper/mangle.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace natstep::model {
namespace {

constexpr ExpectPolicy policy{.max_expected = 8, .timeout = 300};
constexpr std::size_t most_searched = 4095;
constexpr std::array<std::string_view, 5> offers{"SEND ", "CHAT ", "MOVE ", "TSEND ", "SCHAT "};

/// An address and a port in decimal, and where they stand in the message.
struct Offer {
  std::uint32_t address = 0;
  std::uint16_t port = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
};

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, [&](char x, char y) { return lower(x) == lower(y); });
}

/// What is left of a line must still hold this much more than `at`.
bool reaches(std::string_view text, std::size_t at, std::size_t more) {
  return at + more < text.size();
}

/// Behind leading blanks a message to somebody begins. Short messages are not even looked at.
std::optional<std::size_t> behind_privmsg(Step& step, std::string_view text) {
  constexpr std::size_t shortest = 10;  // "PRIVMSG x "
  constexpr std::string_view command = "PRIVMSG ";
  std::size_t at = 0;
  while (reaches(text, at, shortest) && (text[at] == ' ' || text[at] == '\r' || text[at] == '\n'))
    ++at;
  if (!reaches(text, at, shortest)) return at;
  const std::string_view word = text.substr(at, command.size());
  const bool is_message = step.holds(Clause::irc_command_ignores_case)
                              ? equals_ignoring_case(word, command)
                              : word == command;
  if (!is_message && step.holds(Clause::irc_offer_stands_in_a_message)) return std::nullopt;
  return at + command.size();
}

/// parse_dcc: the file or room, then address and port. The line must end within the packet.
std::optional<Offer> parse_offer(Step& step, std::string_view text, std::size_t at) {
  constexpr std::size_t shortest = 12;  // "AAAAAAAA P\1\n"
  while (text[at++] != ' ') {
    if (at + shortest > text.size()) return std::nullopt;
  }
  const bool line_ends = text.substr(at).find('\n') != std::string_view::npos;
  if (!line_ends && step.holds(Clause::irc_line_must_end)) return std::nullopt;
  Offer offer{.begin = at};
  const Digits address = read_digits(text.substr(at));
  offer.address = static_cast<std::uint32_t>(address.value);
  at += address.size;
  while (at < text.size() && text[at] == ' ')
    ++at;
  const Digits port = read_digits(text.substr(std::min(at, text.size())));
  offer.port = static_cast<std::uint16_t>(port.value);
  offer.end = at + port.size;
  const bool overflows = address.value > 0xffffffff || port.value > 0xffff;
  if (overflows && !step.holds(Clause::irc_numbers_overflow)) return std::nullopt;
  return offer;
}

/// The first message that is an offer, or nothing.
std::optional<Offer> find_offer(Step& step, std::string_view text) {
  constexpr std::size_t shortest = 26;  // " :\1DCC SEND t AAAAAAAA P\1\n"
  constexpr std::string_view dcc = "\1DCC ";
  const auto begin = behind_privmsg(step, text);
  if (!begin) return std::nullopt;
  for (std::size_t at = *begin; reaches(text, at, shortest); ++at) {
    if (text.substr(at, 2) != " :") continue;
    at += 2;
    if (text.substr(at, dcc.size()) != dcc) return std::nullopt;
    at += dcc.size();
    const auto* kind = std::ranges::find_if(
        offers, [&](std::string_view word) { return text.substr(at).starts_with(word); });
    if (kind != offers.end() && step.holds(Clause::irc_offers_are_send_chat_move)) {
      return parse_offer(step, text, at + kind->size());
    }
    --at;
  }
  return std::nullopt;
}

/// Whoever offers must offer itself, by the address that it has on either side.
bool is_own(const HelpedPacket& packet, const Offer& offer) {
  if (!packet.step.holds(Clause::irc_offer_names_its_sender)) return true;
  const bool own = packet.conn.of(Direction::original).src.ipv4_value() == offer.address ||
                   packet.conn.of(Direction::reply).dst.ipv4_value() == offer.address;
  return own && offer.port != 0;
}

Verdict announce(const HelpedPacket& packet, Expectation expectation, const Offer& offer) {
  Step& step = packet.step;
  expectation.saved_id = offer.port;
  expectation.direction = Direction::reply;
  expectation.function = ExpectFunction::follow_master;
  const auto port = expect_on_free_port(step, expectation, policy);
  if (!port) return Verdict::drop;
  if (!step.holds(Clause::irc_offer_shows_the_public_address)) return Verdict::accept;
  const std::string text =
      std::to_string(expectation.tuple.dst.ipv4_value()) + ' ' + std::to_string(*port);
  const bool done = mangle_tcp(step, packet.packet,
                               {.at = offer.begin, .size = offer.end - offer.begin, .text = text});
  return done ? Verdict::accept : Verdict::drop;
}

}  // namespace

Verdict help_irc(const HelpedPacket& packet) {
  Step& step = packet.step;
  if (packet.direction() == Direction::reply && step.holds(Clause::irc_client_makes_offers)) {
    return Verdict::accept;
  }
  if (!packet.established()) return Verdict::accept;
  const auto offer = find_offer(step, packet.tcp_payload().substr(0, most_searched));
  if (!offer || !is_own(packet, *offer)) return Verdict::accept;
  const Tuple& reply = packet.conn.of(Direction::reply);
  Expectation expectation{.tuple = reply, .master = &packet.conn};
  expectation.tuple.src_id = 0;
  expectation.tuple.dst_id = offer->port;
  if (step.holds(Clause::irc_anybody_may_take_the_offer)) {
    expectation.mask.address = false;
    expectation.tuple.src.bytes = {};
  }
  if (packet.mapped()) return announce(packet, expectation, *offer);
  return expect_related(step, expectation, policy) == Related::accepted ? Verdict::accept
                                                                        : Verdict::drop;
}

}  // namespace natstep::model
