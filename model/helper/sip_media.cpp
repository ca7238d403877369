// SPDX-License-Identifier: GPL-2.0-or-later
// Session descriptions. RFC 4566, RFC 3264. Source: nf_conntrack_sip.c process_sdp and
// set_expected_rtp_rtcp; nf_nat_sip.c nf_nat_sdp_media, nf_nat_sdp_addr and nf_nat_sdp_session.
#include "model/clause_names.h"
#include "model/conntrack/conntrack.h"
#include "model/conntrack/expectation.h"
#include "model/helper/sip.h"
#include "model/missing.h"
#include "model/protocol.h"

#include <array>
#include <string>
#include <utility>

namespace natstep::model::sip {
namespace {

using Kind = std::pair<std::string_view, Class>;
constexpr std::array<Kind, 3> kinds{{
    {"audio ", Class::audio},
    {"video ", Class::video},
    {"image ", Class::image},
}};

/// A stream of media: where its port stands, and what it says.
struct Media {
  Class kind{};
  Part part;
  std::uint16_t port = 0;
};

// --- writing

/// mangle_content_len: the length of the body as it is now. Without the header there is nothing to
/// correct, and the message is lost.
bool correct_length(const Message& message) {
  Part version, length;
  const Text text = message.text();
  if (find_line(text, 0, Line::version, std::nullopt, version) != Found::yes) return false;
  if (find_header(text, 0, Header::content_length, length) != Found::yes) {
    return !message.step().holds(Clause::sip_session_without_length_is_dropped);
  }
  if (!message.step().holds(Clause::sip_length_follows_the_session)) return true;
  constexpr std::size_t word = 2;  // "v=" in front of the version
  return message.write(length, std::to_string(text.size() - version.at + word));
}

enum class Written : std::uint8_t { nothing, yes, too_long };

Written write_line(const Message& message, std::size_t from, Line line, std::string_view value) {
  Part part;
  if (find_line(message.text(), from, line, Line::media, part) != Found::yes) {
    return Written::nothing;
  }
  return message.write(part, value) ? Written::yes : Written::too_long;
}

Verdict verdict_of(bool done) {
  return done ? Verdict::accept : Verdict::drop;
}

/// nf_nat_sdp_addr: the address of one stream.
Verdict write_media_address(const Message& message, std::size_t from, const wire::Address& to) {
  const Written written = write_line(message, from, Line::connection, to_string(to));
  return verdict_of(written == Written::yes && correct_length(message));
}

/// nf_nat_sdp_session: owner and address of the whole session.
Verdict write_session(const Message& message, std::size_t from, const wire::Address& to) {
  if (!message.step().holds(Clause::sip_session_shows_the_public_address)) return Verdict::accept;
  const std::string text = to_string(to);
  if (write_line(message, from, Line::owner, text) != Written::yes) return Verdict::drop;
  if (write_line(message, from, Line::connection, text) == Written::too_long) return Verdict::drop;
  return verdict_of(correct_length(message));
}

// --- expecting

Expectation expected_media(const Message& message, const wire::Address& at, const Media& media) {
  Expectation expectation{.tuple = {.src = message.there().src,
                                    .dst = at,
                                    .dst_id = media.port,
                                    .protocol = protocol::udp},
                          .master = &message.conn()};
  expectation.expectation_class = static_cast<std::uint32_t>(media.kind);
  return expectation;
}

/// The stream and, on the next port, what is said about it (RFC 3550 section 11).
struct Pair {
  Expectation rtp;
  Expectation rtcp;
};

Pair make_pair(const Message& message, const wire::Address& at, const Media& media) {
  Pair pair{.rtp = expected_media(message, at, media), .rtcp = {}};
  if (message.step().holds(Clause::sip_media_ports_begin_even)) pair.rtp.tuple.dst_id &= 0xfffe;
  pair.rtcp = pair.rtp;
  if (message.step().holds(Clause::sip_media_come_with_their_control)) ++pair.rtcp.tuple.dst_id;
  return pair;
}

/// Without translation, what another connection expects already will do as well.
Verdict expect_plain(const Message& message, const Pair& pair) {
  Step& step = message.step();
  const ExpectPolicy policy = policy_of(static_cast<Class>(pair.rtp.expectation_class));
  const Related rtp = expect_related(step, pair.rtp, policy, Masters::any);
  if (rtp == Related::busy) return Verdict::drop;
  const Related rtcp = expect_related(step, pair.rtcp, policy, Masters::any);
  if (rtcp != Related::busy) return Verdict::accept;
  if (rtp == Related::accepted) unexpect(step, pair.rtp);
  return Verdict::drop;
}

void put_behind(const Message& message, Expectation& expectation, const wire::Address& shown) {
  expectation.saved_address = expectation.tuple.dst;
  expectation.saved_id = expectation.tuple.dst_id;
  expectation.tuple.dst = shown;
  expectation.direction = !message.packet().direction();
  expectation.function = ExpectFunction::sip;
}

/// The first pair of ports from the announced one upwards that can be had; zero when none can. What
/// clashes moves on, what is expected already is refused.
std::uint16_t expect_on_free_pair(const Message& message, Pair pair) {
  Step& step = message.step();
  const ExpectPolicy policy = policy_of(static_cast<Class>(pair.rtp.expectation_class));
  for (std::uint16_t port = pair.rtp.tuple.dst_id; port != 0;
       port = static_cast<std::uint16_t>(port + 2)) {
    pair.rtp.tuple.dst_id = port;
    pair.rtcp.tuple.dst_id = static_cast<std::uint16_t>(port + 1);
    const Related both = expect_pair(step, pair.rtp, pair.rtcp, policy);
    if (both == Related::accepted) return port;
    const bool refused = both == Related::already;
    if (refused && step.holds(Clause::sip_media_port_of_another_client_is_refused)) return 0;
  }
  return 0;
}

/// nf_nat_sdp_media. `at` becomes the public address.
Verdict expect_translated_media(const Message& message, const Media& media, Pair pair,
                                wire::Address& at) {
  const bool hidden = message.here().src != message.there().dst;
  if (hidden) at = message.there().dst;
  const std::uint16_t wanted = pair.rtp.tuple.dst_id;
  put_behind(message, pair.rtp, at);
  put_behind(message, pair.rtcp, at);
  const std::uint16_t port = expect_on_free_pair(message, pair);
  if (port == 0) return Verdict::drop;
  if (port == wanted) return Verdict::accept;
  return verdict_of(message.write(media.part, std::to_string(port)) && correct_length(message));
}

/// Another connection already expects this stream, maybe because both ends are behind the box.
bool is_expected_elsewhere(const Message& message, const Expectation& expectation) {
  const auto at = find_expectation(message.step(), expectation.tuple, message.conn().zone);
  if (!at) return false;
  const Expectation& other = message.step().conntrack().expectations().all()[*at];
  return other.master != expectation.master && other.master->help->kind == HelperKind::sip &&
         other.expectation_class == expectation.expectation_class;
}

/// set_expected_rtp_rtcp.
Verdict expect_media(const Message& message, const Media& media, wire::Address& at) {
  Step& step = message.step();
  if (at != message.here().src && step.holds(Clause::sip_foreign_media_are_not_expected)) {
    return Verdict::accept;
  }
  if (is_expected_elsewhere(message, expected_media(message, at, media))) {
    step.unspecified(Missing::sip_media_expected_elsewhere);
    return Verdict::accept;
  }
  const Pair pair = make_pair(message, at, media);
  if (!message.packet().mapped()) return expect_plain(message, pair);
  return expect_translated_media(message, media, pair, at);
}

// --- reading

/// What a line `m=` says, if it is of a kind that is followed.
std::optional<Media> kind_of(std::string_view text, Part part) {
  for (const auto& [word, kind] : kinds) {
    if (part.size < word.size() || !text.substr(part.at).starts_with(word)) continue;
    return Media{.kind = kind,
                 .part = {.at = part.at + word.size(), .size = part.size - word.size()}};
  }
  return std::nullopt;
}

std::optional<wire::Address> find_connection(const Message& message, std::size_t from) {
  Part part;
  const Found found = find_line(message.text(), from, Line::connection, Line::media, part);
  return found == Found::yes ? read_address(message.text(), part) : std::nullopt;
}

/// Goes through the streams of a description.
class Session {
 public:
  Session(const Message& message, std::size_t from)
      : message_(message), from_(from), common_(find_connection(message, from)) {}

  Verdict process() {
    Part line{.at = from_};
    std::size_t streams = 0;
    while (streams < kinds.size()) {
      if (find_line(message_.text(), line.at, Line::media, std::nullopt, line) != Found::yes) break;
      auto media = kind_of(message_.text(), line);
      line.at = media ? media->part.at : line.end();
      if (!media || !has_port(*media)) continue;
      if (media->port < 1024) return Verdict::drop;
      if (stream(*media) != Verdict::accept) return Verdict::drop;
      ++streams;
    }
    if (!message_.packet().mapped()) return Verdict::accept;
    return streams == 0 ? without_streams() : write_session(message_, from_, *shown_);
  }

 private:
  /// A port of zero says that there is no stream. One that no port is drops the message.
  bool has_port(Media& media) const {
    const auto port = read_number(message_.text(), media.part.at);
    if (!port || *port == 0) return false;
    media.port = *port > 0xffff ? std::uint16_t{0} : static_cast<std::uint16_t>(*port);
    return true;
  }

  Verdict without_streams() {
    Step& step = message_.step();
    if (!step.profile().sip_session_without_streams_has_an_address) {
      step.unspecified(Missing::sip_session_from_the_stack);
    }
    if (!common_ || !step.holds(Clause::sip_session_without_streams_is_not_translated)) {
      return Verdict::accept;
    }
    return write_session(message_, from_, *common_);
  }

  Verdict stream(const Media& media) {
    auto own = find_connection(message_, media.part.at);
    if (own && !message_.step().holds(Clause::sip_address_of_the_stream_comes_first)) own.reset();
    if (!own && !common_) return Verdict::drop;
    shown_ = own ? own : common_;
    if (expect_media(message_, media, *shown_) != Verdict::accept) return Verdict::drop;
    if (!own || !message_.packet().mapped()) return Verdict::accept;
    return write_media_address(message_, media.part.at, *shown_);
  }

  const Message& message_;
  std::size_t from_;
  std::optional<wire::Address> common_;
  std::optional<wire::Address> shown_;
};

}  // namespace

Verdict process_media(const Message& message) {
  Part version;
  if (find_line(message.text(), 0, Line::version, std::nullopt, version) != Found::yes ||
      !message.step().holds(Clause::sip_session_is_read)) {
    return Verdict::accept;
  }
  return Session(message, version.at).process();
}

}  // namespace natstep::model::sip
