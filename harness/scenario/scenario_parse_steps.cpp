// SPDX-License-Identifier: GPL-2.0-or-later
// The directives of the conversation: what is sent, and what is said about it.
#include "harness/scenario/scenario_lines.h"
#include "harness/scenario/scenario_parser.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace natstep::harness {

ScenarioParser::Result ScenarioParser::wait(Line& line) {
  constexpr std::uint32_t longest = 1'000'000;  // eleven days; connections live for five
  const Word word = line.words.next();
  std::uint32_t seconds = 0;
  const auto [end, failed] =
      std::from_chars(word.text.data(), word.text.data() + word.text.size(), seconds);
  const bool whole = failed == std::errc() && end == word.text.data() + word.text.size();
  if (!whole || seconds == 0 || seconds > longest - wait_) {
    return error(line, word, fmt::format("`{}` is no time to wait", word.text),
                 fmt::format("`wait` takes whole seconds, 1 to {}", longest));
  }
  wait_ += seconds;
  return end_of_line(line);
}

ScenarioParser::Result ScenarioParser::in(Line& line) {
  auto name = port_word(line);
  if (!name) return tl::unexpected(name.error());
  return stimulus(line, StimulusLine::Kind::in, std::move(*name));
}

ScenarioParser::Result ScenarioParser::send(Line& line) {
  return stimulus(line, StimulusLine::Kind::send, {});
}

tl::expected<PacketSource, Diagnostic> ScenarioParser::packet_words(Line& line) {
  const Word rest = line.words.rest();
  if (rest.text.empty())
    return error(line, rest, "the packet is missing",
                 "such as `udp 10.0.1.2:4000 > 198.51.100.9:53`");
  auto packet = read_packet(rest.text);
  if (!packet) return error(line, rest, packet.error());
  packet.value().pos = at(line, rest);
  if (auto known = need_bound(line, rest, packet.value().notation.variables()); !known)
    return tl::unexpected(known.error());
  return std::move(packet.value());
}

/// `segments of N` behind `offload`; 0 without it.
tl::expected<std::uint16_t, Diagnostic> ScenarioParser::segment_words(Line& line) const {
  Words words = line.words;
  if (words.next().text != "segments") return std::uint16_t{0};
  line.words.next();
  const Word of = line.words.next(), number = line.words.next();
  std::uint16_t size = 0;
  const char* const end = number.text.data() + number.text.size();
  const auto [stop, failed] = std::from_chars(number.text.data(), end, size);
  if (of.text != "of" || number.text.empty() || failed != std::errc() || stop != end || size == 0)
    return error(line, of.text == "of" ? number : of, "no size of segments",
                 "such as `offload segments of 1400 tcp ...`");
  return size;
}

ScenarioParser::Result ScenarioParser::stimulus(Line& line, StimulusLine::Kind kind,
                                                std::string port_name) {
  Words words = line.words;
  const bool offload = kind == StimulusLine::Kind::in && words.next().text == "offload";
  if (offload) line.words.next();
  const auto segment = offload ? segment_words(line) : std::uint16_t{0};
  if (!segment) return tl::unexpected(segment.error());
  auto packet = packet_words(line);
  if (!packet) return tl::unexpected(packet.error());
  StimulusLine stimulus{.kind = kind,
                        .port = std::move(port_name),
                        .packet = std::move(*packet),
                        .pos = at(line, line.directive),
                        .offload = offload,
                        .segment = *segment,
                        .wait = std::exchange(wait_, 0)};
  scenario_.steps.push_back({.stimulus = std::move(stimulus), .comment = take_comment()});
  return {};
}

ScenarioParser::Result ScenarioParser::out(Line& line) {
  auto name = port_word(line);
  if (!name) return tl::unexpected(name.error());
  const Word rest = line.words.rest();
  if (rest.text.empty())
    return error(line, rest, "the packet is missing", "`nothing` says that no packet leaves");
  auto pinned = read_pinned_packet(rest.text);
  if (!pinned) return error(line, rest, pinned.error());
  OutPin pin{.port = std::move(*name),
             .packet = std::move(pinned.value().packet),
             .where = std::move(pinned.value().where),
             .pos = at(line, line.directive),
             .comment = take_comment()};
  pin.packet.pos = at(line, rest);
  bind(pin.packet.notation.variables());
  if (auto known = need_conditions_known(line, rest, pin); !known) return known;
  scenario_.steps.back().pins.emplace_back(std::move(pin));
  return {};
}

ScenarioParser::Result ScenarioParser::need_conditions_known(const Line& line, const Word& where,
                                                             const OutPin& pin) const {
  std::vector<std::string> names;
  for (const wire::Condition& condition : pin.where)
    names.push_back(condition.variable);
  return need_bound(line, where, names);
}

ScenarioParser::Result ScenarioParser::nothing(Line& line) {
  scenario_.steps.back().pins.emplace_back(
      NothingPin{.pos = at(line, line.directive), .comment = take_comment()});
  return end_of_line(line);
}

ScenarioParser::Result ScenarioParser::ct(Line& line) {
  Words words = line.words;
  if (const Word command = words.next(); is_ct_command(command.text)) {
    return ct_event(line, line.words.next());
  }
  return ct_pin(line, line.words.rest(), false);
}

namespace {

/// The key of a tunnel belongs to the tuple, and may stand where nothing else may.
bool says_more(const std::vector<std::string>& words) {
  return !std::ranges::all_of(words, [](const auto& word) { return word.starts_with("key "); });
}

}  // namespace

ScenarioParser::Result ScenarioParser::no(Line& line) {
  const Word what = line.words.next();
  if (what.text == "expect") return expect_pin(line, line.words.rest(), true);
  if (what.text != "ct")
    return error(line, what,
                 fmt::format("`no` is followed by `ct` or `expect`, not `{}`", what.text),
                 "`nothing` says that no packet leaves");
  return ct_pin(line, line.words.rest(), true);
}

/// A pin of another kind: read as one, then put where it belongs. It binds no variable, for a
/// packet that only should have left shows no value.
ScenarioParser::Result ScenarioParser::should(Line& line) {
  line.directive = line.words.next();
  const auto found = std::ranges::find(directives, line.directive.text, &Directive::name);
  if (found == directives.end() || found->part != Part::pin || found->name == "should") {
    return error(line, line.directive, "`should` is followed by a pin",
                 "`should` takes out, nothing, ct, expect or no");
  }
  const auto bound = bound_;
  if (auto read = (this->*found->read)(line); !read) return read;
  bound_ = bound;
  ScenarioStep& step = scenario_.steps.back();
  step.shoulds.push_back(std::move(step.pins.back()));
  step.pins.pop_back();
  return {};
}

ScenarioParser::Result ScenarioParser::expect(Line& line) {
  return expect_pin(line, line.words.rest(), false);
}

ScenarioParser::Result ScenarioParser::expect_pin(Line& line, const Word& rest, bool absent) {
  auto read = read_expect_pin(rest.text);
  if (!read) return error(line, rest, read.error());
  ExpectPin& pin = read.value();
  if (absent && says_more(pin.words)) return error(line, rest, "`no expect` takes the tuple only");
  if (auto known = need_bound(line, rest, pin.tuple.variables()); !known) return known;
  pin.absent = absent;
  pin.pos = at(line, line.directive);
  pin.comment = take_comment();
  scenario_.steps.back().pins.emplace_back(std::move(pin));
  return {};
}

ScenarioParser::Result ScenarioParser::ct_pin(Line& line, const Word& rest, bool absent) {
  auto read = read_ct_pin(rest.text);
  if (!read) return error(line, rest, read.error());
  CtPin& pin = read.value();
  if (absent && (pin.reply || says_more(pin.words)))
    return error(line, rest, "`no ct` takes the original tuple only");
  if (auto known = need_bound(line, rest, pin.original.variables()); !known) return known;
  if (pin.reply) {
    if (auto known = need_bound(line, rest, pin.reply->variables()); !known) return known;
  }
  pin.absent = absent;
  pin.pos = at(line, line.directive);
  pin.comment = take_comment();
  scenario_.steps.back().pins.emplace_back(std::move(pin));
  return {};
}

}  // namespace natstep::harness
