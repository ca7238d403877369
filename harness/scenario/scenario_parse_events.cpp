// SPDX-License-Identifier: GPL-2.0-or-later
// The directives of what happens to the box between packets.
#include "harness/scenario/scenario_lines.h"
#include "harness/scenario/scenario_parser.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace natstep::harness {
namespace {

constexpr std::array<std::string_view, 4> ct_commands{"delete", "flush", "create", "update"};
constexpr std::array<std::string_view, 2> changes{"add", "del"};
constexpr std::array<std::string_view, 2> link_states{"up", "down"};
constexpr std::array<std::string_view, 2> release_verdicts{"accept", "drop"};

}  // namespace

bool is_ct_command(std::string_view word) {
  return std::ranges::find(ct_commands, word) != ct_commands.end();
}

ScenarioParser::Result ScenarioParser::event(Line& line, Event event) {
  StimulusLine stimulus{.kind = StimulusLine::Kind::event,
                        .event = std::move(event),
                        .pos = at(line, line.directive),
                        .wait = std::exchange(wait_, 0)};
  scenario_.steps.push_back({.stimulus = std::move(stimulus), .comment = take_comment()});
  return {};
}

tl::expected<Change, Diagnostic> ScenarioParser::change_word(Line& line) const {
  const Word word = line.words.next();
  if (word.text == "add") return Change::add;
  if (word.text == "del") return Change::del;
  return error(line, word,
               fmt::format("`{}` behind the first stimulus is followed by `add` or `del`",
                           line.directive.text),
               guess_or_list(word.text, changes, "it is"));
}

/// `address add PORT PREFIX`, `address del PORT PREFIX`.
ScenarioParser::Result ScenarioParser::address_event(Line& line) {
  const auto change = change_word(line);
  if (!change) return tl::unexpected(change.error());
  auto name = port_word(line);
  if (!name) return tl::unexpected(name.error());
  const auto prefix = prefix_word(line, line.words.next());
  if (!prefix) return tl::unexpected(prefix.error());
  if (auto end = end_of_line(line); !end) return end;
  return event(line, AddressEvent{.change = *change, .port = std::move(*name), .prefix = *prefix});
}

/// `link PORT up`, `link PORT down`.
ScenarioParser::Result ScenarioParser::link(Line& line) {
  auto name = port_word(line);
  if (!name) return tl::unexpected(name.error());
  const Word state = line.words.next();
  if (std::ranges::find(link_states, state.text) == link_states.end()) {
    return error(
        line, state,
        state.text.empty() ? "`up` or `down` is missing" : quoted("unexpected", state.text),
        guess_or_list(state.text, link_states, "a link goes"));
  }
  if (auto end = end_of_line(line); !end) return end;
  return event(
      line, LinkEvent{.port = std::move(*name),
                      .state = state.text == "up" ? model::LinkState::up : model::LinkState::down});
}

/// `release N accept`, `release N accept as PACKET`, `release N drop`.
ScenarioParser::Result ScenarioParser::release(Line& line) {
  const Word number = line.words.next();
  ReleaseEvent released;
  const auto [end, failed] =
      std::from_chars(number.text.data(), number.text.data() + number.text.size(), released.queue);
  if (number.text.empty() || failed != std::errc() ||
      end != number.text.data() + number.text.size()) {
    return error(line, number, quoted("no queue's number", number.text),
                 "such as `release 1 accept`; rules say `queue num 1`");
  }
  const Word verdict = line.words.next();
  if (std::ranges::find(release_verdicts, verdict.text) == release_verdicts.end()) {
    return error(
        line, verdict,
        verdict.text.empty() ? "`accept` or `drop` is missing" : quoted("unexpected", verdict.text),
        guess_or_list(verdict.text, release_verdicts, "a release takes"));
  }
  const bool accept = verdict.text == "accept";
  released.verdict = accept ? model::ReleaseVerdict::accept : model::ReleaseVerdict::drop;
  if (Words words = line.words; accept && words.next().text == "as") {
    line.words.next();
    auto packet = packet_words(line);
    if (!packet) return tl::unexpected(packet.error());
    released.packet = std::move(*packet);
  } else if (auto done = end_of_line(line); !done) {
    return done;
  }
  return event(line, std::move(released));
}

/// `route add ROUTE`, `route del ROUTE`.
ScenarioParser::Result ScenarioParser::route_event(Line& line) {
  const auto change = change_word(line);
  if (!change) return tl::unexpected(change.error());
  auto route = route_words(line);
  if (!route) return tl::unexpected(route.error());
  if (auto end = end_of_line(line); !end) return end;
  return event(line, RouteEvent{.change = *change, .route = std::move(*route)});
}

/// `ct delete TUPLE`, `ct flush`, and what scenario_parse_entries.cpp reads.
ScenarioParser::Result ScenarioParser::ct_event(Line& line, const Word& command) {
  if (command.text == "flush") {
    if (auto end = end_of_line(line); !end) return end;
    return event(line, FlushEntriesEvent{});
  }
  if (command.text != "delete") return written_entry(line, command);
  const Word rest = line.words.rest();
  auto read = read_ct_pin(rest.text);
  if (!read) return error(line, rest, read.error());
  const CtPin& pin = read.value();
  if (pin.reply || !pin.words.empty())
    return error(line, rest, "`ct delete` takes one tuple only",
                 "such as `ct delete udp 10.0.1.2:4000 > 198.51.100.9:53`");
  if (auto known = need_bound(line, rest, pin.original.variables()); !known) return known;
  return event(line, DeleteEntryEvent{.tuple = pin.original});
}

}  // namespace natstep::harness
