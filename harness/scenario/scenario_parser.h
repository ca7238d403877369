// SPDX-License-Identifier: GPL-2.0-or-later
// The parser behind parse_scenario (scenario_text.h): one function a directive; each reads the
// words behind its name and changes the scenario. scenario_parse.cpp has the file as a whole,
// scenario_parse_box.cpp the box and its rules, scenario_parse_steps.cpp the conversation,
// scenario_parse_events.cpp what happens to the box meanwhile.
#pragma once

#include "harness/scenario/line_words.h"
#include "harness/scenario/scenario_block.h"
#include "harness/scenario/scenario_text.h"
#include "harness/scenario/suggest.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace natstep::harness {

/// One line without its comment, and how far it has been read.
struct Line {
  int number = 0;
  std::string_view content{};
  Words words{""};
  Word directive{};
};

/// "unknown port `lna`".
inline std::string quoted(std::string_view what, std::string_view word) {
  return fmt::format("{} `{}`", what, word);
}

/// "did you mean `lan`?", or else all the names behind `list_title`.
template <typename Names>
std::string guess_or_list(std::string_view word, const Names& names, std::string_view list_title) {
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  const auto meant = nearest(word, candidates);
  if (!meant.empty()) return fmt::format("did you mean `{}`?", meant);
  return fmt::format("{} {}", list_title, fmt::join(candidates, ", "));
}

/// The text of a comment that begins with '#'.
std::string comment_text(std::string_view from_hash);

/// The words behind `ct` that are no protocol.
bool is_ct_command(std::string_view word);

class ScenarioParser {
 public:
  ScenarioParser(std::string_view text, std::string path) : lines_(split_lines(text)) {
    scenario_.path = std::move(path);
  }

  tl::expected<Scenario, Diagnostic> run();

 private:
  using RuleTool = netns::RuleTool;
  using Result = tl::expected<void, Diagnostic>;
  template <typename T>
  using Expected = tl::expected<T, Diagnostic>;

  /// Which part of the file a directive belongs to.
  enum class Part : std::uint8_t { box, box_or_event, stimulus, pin };
  struct Directive {
    std::string_view name;
    Part part;
    Result (ScenarioParser::*read)(Line&);
  };
  static const std::array<Directive, 21> directives;
  static Part part_of(const Line& line, const Directive& directive);

  Result check_text() const;
  std::size_t read_reason();
  Result read_line(std::size_t index);
  Result dispatch(Line& line);
  Result check_order(const Line& line, const Directive& directive);
  Result finish() const;

  Result topology(Line& line);
  Result port(Line& line);
  Result address(Line& line);
  Result route(Line& line);
  Result sysctl(Line& line);
  Result pins(Line& line);
  Result nft(Line& line) { return rules(line, RuleTool::nft); }
  Result iptables(Line& line) { return rules(line, RuleTool::iptables_legacy); }
  Result iptables_nft(Line& line) { return rules(line, RuleTool::iptables_nft); }
  Result rules(Line& line, RuleTool tool);
  Expected<std::string> behind_block(BlockPlace end);
  Result wait(Line& line);
  Result in(Line& line);
  Result send(Line& line);
  Result out(Line& line);
  Result nothing(Line& line);
  Result ct(Line& line);
  Result expect(Line& line);
  Result no(Line& line);
  Result should(Line& line);

  /// The rest of the line as a packet, whose variables must be bound.
  tl::expected<PacketSource, Diagnostic> packet_words(Line& line);
  [[nodiscard]] tl::expected<std::uint16_t, Diagnostic> segment_words(Line& line) const;
  Result stimulus(Line& line, StimulusLine::Kind kind, std::string port_name);
  Result event(Line& line, Event event);
  Result link(Line& line);
  Result release(Line& line);
  Result address_event(Line& line);
  Result route_event(Line& line);
  Result ct_event(Line& line, const Word& command);
  Result written_entry(Line& line, const Word& command);
  Result check_written(const Line& line, const Word& rest, const WriteEntryEvent& written) const;
  Expected<Change> change_word(Line& line) const;
  Expected<model::Route> route_words(Line& line);
  [[nodiscard]] bool begun() const { return !scenario_.steps.empty(); }
  Result ct_pin(Line& line, const Word& rest, bool absent);
  Result expect_pin(Line& line, const Word& rest, bool absent);
  static model::RouteType route_type(std::string_view word);
  Result route_way(Line& line, model::Route& route);
  Expected<std::string> port_word(Line& line) const;
  Expected<wire::Prefix> prefix_word(const Line& line, const Word& word) const;
  Expected<std::vector<wire::Prefix>> prefix_list(const Line& line, const Word& word) const;
  Expected<std::vector<wire::Prefix>> addresses_of_port(const Line& line, const Word& word) const;
  Result mtu(Line& line, model::Port& port) const;
  Result end_of_line(Line& line) const;
  Result need_bound(const Line& line, const Word& where,
                    const std::vector<std::string>& names) const;
  Result need_conditions_known(const Line& line, const Word& where, const OutPin& pin) const;
  void bind(const std::vector<std::string>& names) { bound_.insert(names.begin(), names.end()); }

  void note(std::string_view comment);
  std::string take_comment() { return std::exchange(comment_, {}); }
  void add_topology_comment();

  [[nodiscard]] SourcePos at(const Line& line, const Word& word) const {
    return SourcePos{line.number, static_cast<int>(word.offset) + 1};
  }
  [[nodiscard]] Diagnostic diagnostic(SourcePos pos, std::string message,
                                      std::string hint = {}) const;
  [[nodiscard]] tl::unexpected<Diagnostic> error(const Line& line, const Word& word,
                                                 std::string message, std::string hint = {}) const {
    return tl::unexpected(diagnostic(at(line, word), std::move(message), std::move(hint)));
  }
  /// An error of the packet notation, whose offset is into `text`.
  [[nodiscard]] tl::unexpected<Diagnostic> error(const Line& line, const Word& text,
                                                 const wire::TextError& e) const {
    const std::size_t end = text.offset + text.text.size();
    const Word place{{}, std::min(text.offset + e.offset, end)};
    return error(line, place, e.message, e.hint);
  }

  std::vector<std::string_view> lines_;
  std::size_t next_ = 0;  // index of the line after the one being read; blocks move it
  Scenario scenario_;
  std::optional<int> topology_line_;
  std::optional<int> route_line_;  // the first one
  std::map<std::string, int, std::less<>> port_lines_;
  std::set<std::string, std::less<>> bound_;
  std::string comment_;
  std::uint32_t wait_ = 0;  // seconds, for the next stimulus
};

}  // namespace natstep::harness
