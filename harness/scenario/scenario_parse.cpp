// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/scenario/scenario_lines.h"
#include "harness/scenario/scenario_parser.h"
#include "harness/scenario/topology_lines.h"

namespace natstep::harness {
namespace {

/// True for the directives whose line goes on in the language of a rule tool, comments included.
bool opens_rules(std::string_view directive) {
  return directive == "nft" || directive.starts_with("iptables");
}

}  // namespace

std::string comment_text(std::string_view from_hash) {
  from_hash.remove_prefix(1);
  if (from_hash.starts_with(' ')) from_hash.remove_prefix(1);
  while (!from_hash.empty() && is_blank(from_hash.back()))
    from_hash.remove_suffix(1);
  return std::string(from_hash);
}

const std::array<ScenarioParser::Directive, 21> ScenarioParser::directives{{
    {"topology", Part::box, &ScenarioParser::topology},
    {"port", Part::box, &ScenarioParser::port},
    {"address", Part::box_or_event, &ScenarioParser::address},
    {"route", Part::box_or_event, &ScenarioParser::route},
    {"sysctl", Part::box_or_event, &ScenarioParser::sysctl},
    {"pins", Part::box, &ScenarioParser::pins},
    {"nft", Part::box_or_event, &ScenarioParser::nft},
    {"iptables", Part::box_or_event, &ScenarioParser::iptables},
    {"iptables-legacy", Part::box_or_event, &ScenarioParser::iptables},
    {"iptables-nft", Part::box_or_event, &ScenarioParser::iptables_nft},
    {"wait", Part::stimulus, &ScenarioParser::wait},
    {"link", Part::stimulus, &ScenarioParser::link},
    {"release", Part::stimulus, &ScenarioParser::release},
    {"in", Part::stimulus, &ScenarioParser::in},
    {"send", Part::stimulus, &ScenarioParser::send},
    {"out", Part::pin, &ScenarioParser::out},
    {"nothing", Part::pin, &ScenarioParser::nothing},
    {"ct", Part::pin, &ScenarioParser::ct},
    {"expect", Part::pin, &ScenarioParser::expect},
    {"no", Part::pin, &ScenarioParser::no},
    {"should", Part::pin, &ScenarioParser::should},
}};

// ---- the file as a whole ----

tl::expected<Scenario, Diagnostic> ScenarioParser::run() {
  if (auto text = check_text(); !text) return tl::unexpected(text.error());
  scenario_.topology_name = "router";
  scenario_.topology = *default_topology(scenario_.topology_name);
  next_ = read_reason();
  while (next_ < lines_.size()) {
    if (auto read = read_line(next_++); !read) return tl::unexpected(read.error());
  }
  scenario_.closing_comment = take_comment();
  // What the first comment of a file says is its reason, wherever it stands above the rules.
  if (scenario_.reason.empty()) scenario_.reason.swap(scenario_.topology_comment);
  if (auto end = finish(); !end) return tl::unexpected(end.error());
  return std::move(scenario_);
}

ScenarioParser::Result ScenarioParser::check_text() const {
  for (std::size_t index = 0; index < lines_.size(); ++index) {
    const auto control = std::ranges::find_if(lines_[index], [](char c) {
      const auto byte = static_cast<unsigned char>(c);
      return (byte < 0x20 && !is_blank(c)) || byte == 0x7f;
    });
    if (control == lines_[index].end()) continue;
    const auto column = static_cast<int>(control - lines_[index].begin()) + 1;
    Diagnostic found =
        diagnostic({static_cast<int>(index) + 1, column}, "not a text file",
                   fmt::format("byte 0x{:02x} stands here", static_cast<unsigned char>(*control)));
    found.source_line.clear();
    return tl::unexpected(std::move(found));
  }
  return {};
}

/// Reads the comment that the file begins with; returns the index of the line below it.
std::size_t ScenarioParser::read_reason() {
  std::size_t index = 0;
  while (index < lines_.size() && trimmed(lines_[index]).empty())
    ++index;
  for (; index < lines_.size() && trimmed(lines_[index]).starts_with('#'); ++index) {
    if (!scenario_.reason.empty()) scenario_.reason += '\n';
    scenario_.reason += comment_text(trimmed(lines_[index]));
  }
  return index;
}

ScenarioParser::Result ScenarioParser::read_line(std::size_t index) {
  const std::string_view whole = lines_[index];
  const bool rules = opens_rules(Words(whole).next().text);
  const std::size_t hash = rules ? std::string_view::npos : find_comment(whole);
  Line line{.number = static_cast<int>(index) + 1, .content = whole.substr(0, hash)};
  line.words = Words(line.content);
  line.directive = line.words.next();
  if (hash != std::string_view::npos) note(comment_text(whole.substr(hash)));
  return line.directive.text.empty() ? Result{} : dispatch(line);
}

ScenarioParser::Result ScenarioParser::dispatch(Line& line) {
  const auto found = std::ranges::find(directives, line.directive.text, &Directive::name);
  if (found == directives.end()) {
    std::vector<std::string_view> names;
    names.reserve(directives.size());
    for (const Directive& directive : directives)
      names.push_back(directive.name);
    return error(line, line.directive, quoted("unknown directive", line.directive.text),
                 guess_or_list(line.directive.text, names, "known are"));
  }
  if (auto order = check_order(line, *found); !order) return order;
  return (this->*found->read)(line);
}

/// `ct` is about an entry that is seen, or one that user space does something to.
ScenarioParser::Part ScenarioParser::part_of(const Line& line, const Directive& directive) {
  if (directive.name != "ct") return directive.part;
  Words words = line.words;
  return is_ct_command(words.next().text) ? Part::stimulus : directive.part;
}

ScenarioParser::Result ScenarioParser::check_order(const Line& line, const Directive& directive) {
  const Part part = part_of(line, directive);
  if (part == Part::box && begun()) {
    return error(line, line.directive,
                 fmt::format("`{}` behind the first stimulus", directive.name),
                 "the box is described above the first `in` or `send`");
  }
  if (part == Part::pin && !begun()) {
    return error(line, line.directive,
                 fmt::format("`{}` before any `in` or `send`", directive.name),
                 "a line about what came of a packet stands below the line that sends it");
  }
  if (part == Part::pin && wait_ != 0) {
    return error(line, line.directive, fmt::format("`{}` behind `wait`", directive.name),
                 "time passes before an `in` or `send`; what is seen, is seen below that");
  }
  return {};
}

ScenarioParser::Result ScenarioParser::finish() const {
  if (wait_ != 0) {
    return tl::unexpected(diagnostic({static_cast<int>(lines_.size()), 1},
                                     "`wait` with nothing behind it",
                                     "time passes before an `in` or `send`"));
  }
  if (!scenario_.steps.empty()) return {};
  const bool empty =
      std::ranges::all_of(lines_, [](std::string_view line) { return trimmed(line).empty(); });
  if (empty) return tl::unexpected(diagnostic({1, 1}, "the file is empty"));
  return tl::unexpected(
      diagnostic({static_cast<int>(lines_.size()), 1}, "the scenario sends nothing",
                 "add a line such as `in lan udp 10.0.1.2:4000 > 198.51.100.9:53`"));
}

void ScenarioParser::note(std::string_view comment) {
  if (!comment_.empty()) comment_ += '\n';
  comment_ += comment;
}

void ScenarioParser::add_topology_comment() {
  const std::string comment = take_comment();
  if (comment.empty()) return;
  if (!scenario_.topology_comment.empty()) scenario_.topology_comment += '\n';
  scenario_.topology_comment += comment;
}

Diagnostic ScenarioParser::diagnostic(SourcePos pos, std::string message, std::string hint) const {
  const auto index = static_cast<std::size_t>(pos.line) - 1;
  return Diagnostic{
      .path = scenario_.path,
      .pos = pos,
      .message = std::move(message),
      .hint = std::move(hint),
      .source_line = index < lines_.size() ? std::string(lines_[index]) : std::string()};
}

// ---- words that several directives share ----

ScenarioParser::Result ScenarioParser::end_of_line(Line& line) const {
  const Word word = line.words.next();
  if (word.text.empty()) return {};
  return error(line, word, quoted("unexpected", word.text), "nothing more belongs on this line");
}

tl::expected<std::string, Diagnostic> ScenarioParser::port_word(Line& line) const {
  const Word word = line.words.next();
  std::vector<std::string> names;
  for (const model::Port& port : scenario_.topology.ports)
    names.push_back(port.name);
  if (word.text.empty())
    return error(line, word, "the name of a port is missing",
                 fmt::format("the ports are {}", fmt::join(names, ", ")));
  if (scenario_.topology.find_port(word.text)) return std::string(word.text);
  static constexpr std::array<std::string_view, 6> packets{"udp", "tcp", "icmp",
                                                           "ip",  "hex", "scapy"};
  if (std::ranges::find(packets, word.text) != packets.end()) {
    return error(
        line, word, "the name of a port is missing",
        fmt::format("such as `{} {} {} ...`", line.directive.text, names.front(), word.text));
  }
  return error(line, word, quoted("unknown port", word.text),
               guess_or_list(word.text, names, "the ports are"));
}

tl::expected<wire::Prefix, Diagnostic> ScenarioParser::prefix_word(const Line& line,
                                                                   const Word& word) const {
  if (word.text.empty()) return error(line, word, "a prefix is missing", "such as 10.0.1.1/24");
  if (const auto prefix = wire::Prefix::parse(word.text)) return *prefix;
  const bool address = wire::Address::parse(word.text).has_value();
  return error(line, word, fmt::format("`{}` is not a prefix", word.text),
               address ? fmt::format("did you mean `{}/24`?", word.text)
                       : "a prefix is an address and a length, such as 10.0.1.1/24");
}

tl::expected<std::vector<wire::Prefix>, Diagnostic> ScenarioParser::prefix_list(
    const Line& line, const Word& word) const {
  std::vector<wire::Prefix> list;
  for (std::size_t from = 0; from <= word.text.size();) {
    const std::size_t comma = std::min(word.text.find(',', from), word.text.size());
    auto prefix = prefix_word(line, Word{word.text.substr(from, comma - from), word.offset + from});
    if (!prefix) return tl::unexpected(prefix.error());
    list.push_back(*prefix);
    from = comma + 1;
  }
  return list;
}

ScenarioParser::Result ScenarioParser::need_bound(const Line& line, const Word& where,
                                                  const std::vector<std::string>& names) const {
  for (const std::string& name : names) {
    if (bound_.contains(name)) continue;
    const std::size_t place = where.text.find("$" + name);
    return error(
        line, Word{{}, where.offset + (place == std::string_view::npos ? 0 : place)},
        fmt::format("variable `${}` is used before it is bound", name),
        fmt::format(
            "an `out` line above must mention it, as in `out wan udp 203.0.113.1:${} > ...`",
            name));
  }
  return {};
}

tl::expected<Scenario, Diagnostic> parse_scenario(std::string_view text, std::string path) {
  return ScenarioParser(text, std::move(path)).run();
}

}  // namespace natstep::harness
