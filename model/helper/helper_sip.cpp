// SPDX-License-Identifier: GPL-2.0-or-later
// SIP: telephones register, call each other, and describe the media that they will
// exchange. RFC 3261. The parameters of the kernel's module are at their defaults: calls come from
// the registrar, media from the peer. Source: net/netfilter/nf_conntrack_sip.c.
#include "model/clause_names.h"
#include "model/conntrack/conntrack.h"
#include "model/conntrack/track.h"
#include "model/helper/seqadj.h"
#include "model/helper/sip.h"
#include "model/helper/sip_values.h"
#include "model/protocol.h"

#include <algorithm>
#include <array>
#include <string>

namespace natstep::model {
namespace sip {
namespace {

constexpr std::uint32_t session_timeout = 3600;
constexpr std::string_view response_word = "SIP/2.0 ";
constexpr std::size_t shortest_response = 11;  // "SIP/2.0 200"

struct Response {
  std::uint32_t code = 0;
  std::uint32_t cseq = 0;

  [[nodiscard]] bool provisional() const { return code >= 100 && code <= 199; }
  [[nodiscard]] bool success() const { return code >= 200 && code <= 299; }
};

// --- calls

Verdict request_invite(const Message& message, std::uint32_t cseq) {
  if (message.step().holds(Clause::sip_invite_forgets_earlier_media)) flush(message, Class::audio);
  const Verdict verdict = process_media(message);
  if (verdict == Verdict::accept) message.track().invite_cseq = cseq;
  return verdict;
}

Verdict request_media(const Message& message, std::uint32_t) {
  return process_media(message);
}

Verdict request_bye(const Message& message, std::uint32_t) {
  if (message.step().holds(Clause::sip_bye_ends_the_media)) flush(message, Class::audio);
  return Verdict::accept;
}

/// Of INVITE, UPDATE and PRACK alike.
Verdict answer_call(const Message& message, const Response& response) {
  if (response.provisional() || response.success()) return process_media(message);
  const bool latest = message.track().invite_cseq == response.cseq;
  if (latest && message.step().holds(Clause::sip_failed_invite_ends_the_media)) {
    flush(message, Class::audio);
  }
  return Verdict::accept;
}

// --- registrations

std::uint32_t common_expires(const Message& message) {
  Part part;
  if (find_header(message.text(), 0, Header::expires, part) != Found::yes) return 0;
  return read_number(message.text(), part.at).value_or(0);
}

/// ct_sip_parse_transport: only the protocol in use.
bool same_transport(const Message& message, const Endpoint& contact) {
  const auto transport = find_parameter(message.text(), contact.part.end(), "transport=");
  if (!transport) return true;
  return starts_with_ignoring_case(message.text().substr(transport->at),
                                   message.over_tcp() ? "TCP" : "UDP");
}

Expectation expected_call(const Message& message, const Endpoint& contact) {
  Expectation expectation{.tuple = {.src = message.there().src,
                                    .dst = contact.address,
                                    .dst_id = contact.port,
                                    .protocol = message.protocol()},
                          .master = &message.conn(),
                          .permanent = true,
                          .inactive = true,
                          .assigned_helper = HelperKind::sip};
  if (!message.step().holds(Clause::sip_calls_come_from_the_registrar)) {
    expectation.mask.address = false;
    expectation.tuple.src.bytes = {};
  }
  if (!message.step().holds(Clause::sip_registration_counts_once_answered)) {
    expectation.inactive = false;
  }
  return expectation;
}

/// A registration of zero seconds takes one back, and expects nothing.
Verdict expect_calls(const Message& message, const Endpoint& contact, std::uint32_t expires) {
  if (expires == 0 && message.step().holds(Clause::sip_registration_of_no_time_expects_nothing)) {
    return Verdict::accept;
  }
  const Expectation expectation = expected_call(message, contact);
  if (message.packet().mapped()) return expect_translated(message, expectation, contact.part);
  const Related related = expect_related(message.step(), expectation, policy_of(Class::signalling));
  return related == Related::accepted ? Verdict::accept : Verdict::drop;
}

Verdict request_register(const Message& message, std::uint32_t cseq) {
  if (message.conn().has(status::expected)) return Verdict::accept;
  std::uint32_t expires = common_expires(message);
  Endpoint contact;
  const Found found = find_endpoint(message.text(), Header::contact, contact);
  if (found == Found::unreadable) return Verdict::drop;
  if (found == Found::nothing) return Verdict::accept;
  const bool own = contact.address == message.here().src ||
                   !message.step().holds(Clause::sip_client_registers_itself);
  if (!own || !same_transport(message, contact)) return Verdict::accept;
  Number number;
  const Found said = find_number_parameter(message.text(), contact.part.end(), "expires=", number);
  if (said == Found::unreadable) return Verdict::drop;
  if (said == Found::yes) expires = number.value;
  const Verdict verdict = expect_calls(message, contact, expires);
  if (verdict == Verdict::accept) message.track().register_cseq = cseq;
  return verdict;
}

/// refresh_signalling_expectation.
bool refresh(const Message& message, const Endpoint& contact, std::uint32_t expires) {
  auto& all = message.step().conntrack().expectations().entries();
  const auto found = std::find_if(all.rbegin(), all.rend(), [&](const Expectation& e) {
    return e.master == &message.conn() &&
           e.expectation_class == static_cast<std::uint32_t>(Class::signalling) &&
           e.tuple.dst == contact.address && e.tuple.dst_id == contact.port &&
           e.tuple.protocol == message.protocol();
  });
  if (found == all.rend()) return false;
  found->inactive = false;
  if (message.step().holds(Clause::sip_registration_lives_as_long_as_the_registrar_says)) {
    found->timeout = expires;
    found->created_at = message.step().now();
  }
  return true;
}

/// What the registrar has accepted, contact by contact. Nothing when a message is to be dropped.
enum class Accepted : std::uint8_t { no, yes, unreadable };

Accepted find_accepted(const Message& message) {
  const std::uint32_t common = common_expires(message);
  Walk walk;
  Endpoint contact;
  for (;;) {
    const Found found = find_endpoint(message.text(), Header::contact, contact, &walk);
    if (found == Found::unreadable) return Accepted::unreadable;
    if (found == Found::nothing) return Accepted::no;
    const bool own = contact.address == message.here().dst ||
                     !message.step().holds(Clause::sip_client_registers_itself);
    if (!own || !same_transport(message, contact)) continue;
    Number number;
    const Found said =
        find_number_parameter(message.text(), contact.part.end(), "expires=", number);
    if (said == Found::unreadable) return Accepted::unreadable;
    const std::uint32_t expires = said == Found::yes ? number.value : common;
    if (expires == 0) return Accepted::no;
    if (refresh(message, contact, expires)) return Accepted::yes;
  }
}

Verdict answer_register(const Message& message, const Response& response) {
  if (message.track().register_cseq != response.cseq) return Verdict::accept;
  if (response.provisional()) return Verdict::accept;
  const Accepted accepted = response.success() ? find_accepted(message) : Accepted::no;
  if (accepted == Accepted::unreadable) return Verdict::drop;
  if (accepted == Accepted::no && message.step().holds(Clause::sip_refused_registration_is_none)) {
    flush(message, Class::signalling);
  }
  return Verdict::accept;
}

// --- messages

struct Handler {
  std::string_view method;
  Verdict (*request)(const Message&, std::uint32_t cseq);
  Verdict (*response)(const Message&, const Response&);
};

constexpr std::array<Handler, 6> handlers{{
    {"INVITE", request_invite, answer_call},
    {"UPDATE", request_media, answer_call},
    {"ACK", request_media, nullptr},
    {"PRACK", request_media, answer_call},
    {"BYE", request_bye, nullptr},
    {"REGISTER", request_register, answer_register},
}};

/// The number of the request within its call, and where it ends.
struct Sequence {
  std::uint32_t number = 0;
  std::size_t end = 0;
};

std::optional<Sequence> read_sequence(const Message& message) {
  Part part;
  if (find_header(message.text(), 0, Header::cseq, part) != Found::yes) return std::nullopt;
  const auto number = read_number(message.text(), part.at);
  if (!number) return std::nullopt;
  return Sequence{.number = *number, .end = part.end()};
}

bool is_request_of(std::string_view text, std::string_view method) {
  return text.size() >= method.size() + 2 && starts_with_ignoring_case(text, method) &&
         text[method.size()] == ' ' && is_letter(text[method.size() + 1]);
}

/// The port that the client's Via names counts when the client sends from another one.
void note_port_of_via(const Message& message) {
  Endpoint via;
  if (find_endpoint(message.text(), Header::via_udp, via) != Found::yes) return;
  const Tuple& here = message.here();
  if (via.port != here.src_id && via.address == here.src) message.track().forced_port = via.port;
}

Verdict dropped_without_sequence(const Message& message) {
  return message.step().holds(Clause::sip_message_without_cseq_is_dropped) ? Verdict::drop
                                                                           : Verdict::accept;
}

Verdict process_request(const Message& message) {
  note_port_of_via(message);
  const auto* handler = std::ranges::find_if(
      handlers, [&](const Handler& h) { return is_request_of(message.text(), h.method); });
  if (handler == handlers.end()) return Verdict::accept;
  const auto cseq = read_sequence(message);
  return cseq ? handler->request(message, cseq->number) : dropped_without_sequence(message);
}

Verdict process_response(const Message& message) {
  const auto code = read_number(message.text(), response_word.size());
  if (!code || *code == 0) return Verdict::drop;
  const auto cseq = read_sequence(message);
  if (!cseq) return dropped_without_sequence(message);
  const Text text = message.text();
  const std::string_view method = text.substr(std::min(cseq->end + 1, text.size()));
  const auto* handler = std::ranges::find_if(handlers, [&](const Handler& h) {
    return h.response != nullptr && starts_with_ignoring_case(method, h.method);
  });
  if (handler == handlers.end()) return Verdict::accept;
  return handler->response(message, {.code = *code, .cseq = cseq->number});
}

/// process_sip_msg.
Verdict process(const Message& message) {
  const bool response = starts_with_ignoring_case(message.text(), response_word);
  const Verdict verdict = response ? process_response(message) : process_request(message);
  if (verdict != Verdict::accept || !message.packet().mapped()) return verdict;
  return translate_headers(message);
}

void keep_alive(const HelpedPacket& packet) {
  if (!packet.step.holds(Clause::sip_message_keeps_the_session_alive)) return;
  refresh(packet.step, packet.conn, session_timeout);
}

// --- datagrams and segments

/// sip_help_udp.
Verdict help_over_udp(const HelpedPacket& packet) {
  if (packet.udp_payload().empty()) return Verdict::accept;
  keep_alive(packet);
  if (packet.udp_payload().size() < shortest_response) return Verdict::accept;
  Extent whole;
  return process(Message(packet, whole));
}

/// How long the message at the beginning of a stretch of the stream is; nothing when it does not
/// say so, or its header is not whole.
std::optional<std::size_t> length_of_message(std::string_view stream) {
  constexpr std::string_view end_of_header = "\r\n\r\n";
  Part part;
  if (find_header(stream, 0, Header::content_length, part) != Found::yes) return std::nullopt;
  const auto content = read_number(stream, part.at);
  if (!content || *content > stream.size()) return std::nullopt;
  const std::size_t at = stream.find(end_of_header, part.end());
  if (at == std::string_view::npos) return std::nullopt;
  return at + end_of_header.size() + *content;
}

/// sip_help_tcp: message by message. The numbers follow once, by what all of them have grown.
class Segment {
 public:
  explicit Segment(const HelpedPacket& packet) : packet_(packet) {}

  Verdict help() {
    const std::uint32_t seq = packet_.tcp_seq();
    while (const auto length = length_of_message(packet_.tcp_payload().substr(at_))) {
      if (*length > packet_.tcp_payload().size() - at_) {
        if (packet_.step.holds(Clause::sip_cut_message_forgets_the_growth)) return Verdict::accept;
        break;
      }
      if (read(*length) != Verdict::accept) return Verdict::drop;
      if (!packet_.step.holds(Clause::sip_messages_of_a_segment_are_read_one_by_one)) break;
    }
    if (packet_.mapped() && growth_ != 0) {
      note_resize(packet_.step, packet_.conn, packet_.direction(), seq, growth_);
    }
    return Verdict::accept;
  }

 private:
  Verdict read(std::size_t length) {
    Extent extent{.at = at_, .size = length};
    const Verdict verdict = process(Message(packet_, extent));
    growth_ += static_cast<std::int32_t>(extent.size) - static_cast<std::int32_t>(length);
    at_ += extent.size;
    return verdict;
  }

  const HelpedPacket& packet_;
  std::size_t at_ = 0;
  std::int32_t growth_ = 0;
};

Verdict help_over_tcp(const HelpedPacket& packet) {
  if (!packet.established() || packet.tcp_payload().empty()) return Verdict::accept;
  keep_alive(packet);
  if (packet.tcp_payload().size() < shortest_response) return Verdict::accept;
  return Segment(packet).help();
}

}  // namespace

ExpectPolicy policy_of(Class expectation_class) {
  constexpr std::array<std::uint32_t, 4> most{1, 4, 4, 2};
  return {.max_expected = most[static_cast<std::size_t>(expectation_class)], .timeout = 180};
}

void flush(const Message& message, Class of) {
  const bool signalling = of == Class::signalling;
  ExpectationTable& table = message.step().conntrack().expectations();
  for (std::size_t at = table.all().size(); at-- > 0;) {
    const Expectation& e = table.all()[at];
    const bool is_signalling = e.expectation_class == static_cast<std::uint32_t>(Class::signalling);
    if (e.master != &message.conn() || is_signalling != signalling) continue;
    table.remove_at(at);
    if (signalling) return;
  }
}

}  // namespace sip

Verdict help_sip(const HelpedPacket& packet) {
  const bool tcp = packet.conn.of(Direction::original).protocol == protocol::tcp;
  return tcp ? sip::help_over_tcp(packet) : sip::help_over_udp(packet);
}

}  // namespace natstep::model
