// SPDX-License-Identifier: GPL-2.0-or-later
// Text to scenario. One function a directive; each reads the words behind its name and changes the
// scenario.
#include "harness/line_words.h"
#include "harness/scenario_block.h"
#include "harness/scenario_lines.h"
#include "harness/scenario_text.h"
#include "harness/suggest.h"
#include "harness/topology_lines.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace natstep::harness {
namespace {

using netns::RuleTool;
using Result = tl::expected<void, Diagnostic>;
template <typename T>
using Expected = tl::expected<T, Diagnostic>;

/// One line without its comment, and how far it has been read.
struct Line {
  int number = 0;
  std::string_view content{};
  Words words{""};
  Word directive{};
};

std::string as_message(std::string_view what, std::string_view word) {
  return fmt::format("{} `{}`", what, word);
}

template <typename Names>
std::string guess_or_list(std::string_view word, const Names& names, std::string_view list_title) {
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  const auto meant = nearest(word, candidates);
  if (!meant.empty()) return fmt::format("did you mean `{}`?", meant);
  return fmt::format("{} {}", list_title, fmt::join(candidates, ", "));
}

class Parser {
 public:
  Parser(std::string_view text, std::string path) : lines_(split_lines(text)) {
    scenario_.path = std::move(path);
  }

  Expected<Scenario> run();

 private:
  /// Which part of the file a directive belongs to.
  enum class Part : std::uint8_t { box, stimulus, pin };
  struct Directive {
    std::string_view name;
    Part part;
    Result (Parser::*read)(Line&);
  };
  static const std::array<Directive, 15> directives;

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
  Result nft(Line& line) { return rules(line, RuleTool::nft); }
  Result iptables(Line& line) { return rules(line, RuleTool::iptables_legacy); }
  Result iptables_nft(Line& line) { return rules(line, RuleTool::iptables_nft); }
  Result rules(Line& line, RuleTool tool);
  Result behind_block(BlockPlace end);
  Result in(Line& line);
  Result send(Line& line);
  Result out(Line& line);
  Result nothing(Line& line);
  Result ct(Line& line);
  Result no(Line& line);

  Result stimulus(Line& line, StimulusLine::Kind kind, std::string port_name);
  Result ct_pin(Line& line, const Word& rest, bool absent);
  Expected<model::RouteType> route_type(const Word& word) const;
  Result route_way(Line& line, model::Route& route);
  Expected<std::string> port_word(Line& line) const;
  Expected<wire::Prefix> prefix_word(const Line& line, const Word& word) const;
  Expected<std::vector<wire::Prefix>> prefix_list(const Line& line, const Word& word) const;
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
  std::map<std::string, int, std::less<>> port_lines_;
  std::set<std::string, std::less<>> bound_;
  std::string comment_;
};

const std::array<Parser::Directive, 15> Parser::directives{{
    {"topology", Part::box, &Parser::topology},
    {"port", Part::box, &Parser::port},
    {"address", Part::box, &Parser::address},
    {"route", Part::box, &Parser::route},
    {"sysctl", Part::box, &Parser::sysctl},
    {"nft", Part::box, &Parser::nft},
    {"iptables", Part::box, &Parser::iptables},
    {"iptables-legacy", Part::box, &Parser::iptables},
    {"iptables-nft", Part::box, &Parser::iptables_nft},
    {"in", Part::stimulus, &Parser::in},
    {"send", Part::stimulus, &Parser::send},
    {"out", Part::pin, &Parser::out},
    {"nothing", Part::pin, &Parser::nothing},
    {"ct", Part::pin, &Parser::ct},
    {"no", Part::pin, &Parser::no},
}};

// ---- the file as a whole ----

Expected<Scenario> Parser::run() {
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

Result Parser::check_text() const {
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

std::string comment_text(std::string_view from_hash) {
  from_hash.remove_prefix(1);
  if (from_hash.starts_with(' ')) from_hash.remove_prefix(1);
  while (!from_hash.empty() && is_blank(from_hash.back()))
    from_hash.remove_suffix(1);
  return std::string(from_hash);
}

/// Reads the comment that the file begins with; returns the index of the line below it.
std::size_t Parser::read_reason() {
  std::size_t index = 0;
  while (index < lines_.size() && trimmed(lines_[index]).empty())
    ++index;
  for (; index < lines_.size() && trimmed(lines_[index]).starts_with('#'); ++index) {
    if (!scenario_.reason.empty()) scenario_.reason += '\n';
    scenario_.reason += comment_text(trimmed(lines_[index]));
  }
  return index;
}

/// True for the directives whose line goes on in the language of a rule tool, comments included.
bool opens_rules(std::string_view directive) {
  return directive == "nft" || directive.starts_with("iptables");
}

Result Parser::read_line(std::size_t index) {
  const std::string_view whole = lines_[index];
  const bool rules = opens_rules(Words(whole).next().text);
  const std::size_t hash = rules ? std::string_view::npos : find_comment(whole);
  Line line{.number = static_cast<int>(index) + 1, .content = whole.substr(0, hash)};
  line.words = Words(line.content);
  line.directive = line.words.next();
  if (hash != std::string_view::npos) note(comment_text(whole.substr(hash)));
  return line.directive.text.empty() ? Result{} : dispatch(line);
}

Result Parser::dispatch(Line& line) {
  const auto found = std::ranges::find(directives, line.directive.text, &Directive::name);
  if (found == directives.end()) {
    std::vector<std::string_view> names;
    for (const Directive& directive : directives)
      names.push_back(directive.name);
    return error(line, line.directive, as_message("unknown directive", line.directive.text),
                 guess_or_list(line.directive.text, names, "known are"));
  }
  if (auto order = check_order(line, *found); !order) return order;
  return (this->*found->read)(line);
}

Result Parser::check_order(const Line& line, const Directive& directive) {
  const bool begun = !scenario_.steps.empty();
  if (directive.part == Part::box && begun) {
    return error(line, line.directive,
                 fmt::format("`{}` behind the first stimulus", directive.name),
                 "the box and its rules are described above the first `in` or `send`");
  }
  if (directive.part == Part::pin && !begun) {
    return error(line, line.directive,
                 fmt::format("`{}` before any `in` or `send`", directive.name),
                 "a line about what came of a packet stands below the line that sends it");
  }
  return {};
}

Result Parser::finish() const {
  if (!scenario_.steps.empty()) return {};
  const bool empty =
      std::ranges::all_of(lines_, [](std::string_view line) { return trimmed(line).empty(); });
  if (empty) return tl::unexpected(diagnostic({1, 1}, "the file is empty"));
  return tl::unexpected(
      diagnostic({static_cast<int>(lines_.size()), 1}, "the scenario sends nothing",
                 "add a line such as `in lan udp 10.0.1.2:4000 > 198.51.100.9:53`"));
}

void Parser::note(std::string_view comment) {
  if (!comment_.empty()) comment_ += '\n';
  comment_ += comment;
}

void Parser::add_topology_comment() {
  const std::string comment = take_comment();
  if (comment.empty()) return;
  if (!scenario_.topology_comment.empty()) scenario_.topology_comment += '\n';
  scenario_.topology_comment += comment;
}

Diagnostic Parser::diagnostic(SourcePos pos, std::string message, std::string hint) const {
  const auto index = static_cast<std::size_t>(pos.line) - 1;
  return Diagnostic{
      .path = scenario_.path,
      .pos = pos,
      .message = std::move(message),
      .hint = std::move(hint),
      .source_line = index < lines_.size() ? std::string(lines_[index]) : std::string()};
}

// ---- words that several directives share ----

Result Parser::end_of_line(Line& line) const {
  const Word word = line.words.next();
  if (word.text.empty()) return {};
  return error(line, word, as_message("unexpected", word.text),
               "nothing more belongs on this line");
}

Expected<std::string> Parser::port_word(Line& line) const {
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
  return error(line, word, as_message("unknown port", word.text),
               guess_or_list(word.text, names, "the ports are"));
}

Expected<wire::Prefix> Parser::prefix_word(const Line& line, const Word& word) const {
  if (word.text.empty()) return error(line, word, "a prefix is missing", "such as 10.0.1.1/24");
  if (const auto prefix = wire::Prefix::parse(word.text)) return *prefix;
  const bool address = wire::Address::parse(word.text).has_value();
  return error(line, word, fmt::format("`{}` is not a prefix", word.text),
               address ? fmt::format("did you mean `{}/24`?", word.text)
                       : "a prefix is an address and a length, such as 10.0.1.1/24");
}

Expected<std::vector<wire::Prefix>> Parser::prefix_list(const Line& line, const Word& word) const {
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

Result Parser::need_bound(const Line& line, const Word& where,
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

// ---- the box ----

Result Parser::topology(Line& line) {
  if (topology_line_) {
    return error(line, line.directive,
                 fmt::format("a second `topology`, the first is on line {}", *topology_line_),
                 "a scenario has one box");
  }
  if (!port_lines_.empty())
    return error(line, line.directive, "`topology` below `port`", "`topology` comes first");
  const Word name = line.words.next();
  auto start = default_topology(name.text);
  if (!start) {
    return error(line, name,
                 name.text.empty() ? "the name of a topology is missing"
                                   : as_message("unknown topology", name.text),
                 guess_or_list(name.text, topology_names(), "known are"));
  }
  topology_line_ = line.number;
  scenario_.topology_name = name.text;
  scenario_.topology = std::move(*start);
  add_topology_comment();
  return end_of_line(line);
}

/// What the kernel takes as the name of an interface, and what rules can say without quotes.
bool is_port_name(std::string_view name) {
  constexpr std::size_t longest = 15;  // IFNAMSIZ - 1
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  return !name.empty() && name.size() <= longest && name != "." && name != ".." &&
         std::ranges::all_of(name, fits);
}

Result Parser::port(Line& line) {
  const Word name = line.words.next();
  if (!is_port_name(name.text) || name.text == "lo") {
    return error(line, name, fmt::format("`{}` cannot be the name of a port", name.text),
                 "at most 15 letters, digits, `-`, `_` and `.`, and not the loopback's `lo`");
  }
  const auto [earlier, first] = port_lines_.try_emplace(std::string(name.text), line.number);
  if (!first) {
    return error(
        line, name,
        fmt::format("port `{}` is already described on line {}", name.text, earlier->second),
        "further addresses are added by `address`");
  }
  auto addresses = prefix_list(line, line.words.next());
  if (!addresses) return tl::unexpected(addresses.error());
  model::Port port{.name = std::string(name.text), .addresses = std::move(*addresses)};
  if (auto read = mtu(line, port); !read) return read;
  set_port(scenario_.topology, std::move(port));
  add_topology_comment();
  return {};
}

/// `[mtu N]` and the end of the line.
Result Parser::mtu(Line& line, model::Port& port) const {
  const Word name = line.words.next();
  if (name.text.empty()) return {};
  if (name.text != "mtu")
    return error(line, name, as_message("unexpected", name.text),
                 "only `mtu N` may follow the addresses");
  const Word number = line.words.next();
  constexpr std::uint32_t lowest = 68,
                          highest = 65535;  // RFC 791's minimum; what a TUN port can carry
  const auto [end, failed] =
      std::from_chars(number.text.data(), number.text.data() + number.text.size(), port.mtu);
  if (failed != std::errc() || end != number.text.data() + number.text.size() ||
      port.mtu < lowest || port.mtu > highest) {
    return error(line, number, fmt::format("`{}` is not an MTU", number.text),
                 fmt::format("an MTU is {} to {} bytes", lowest, highest));
  }
  return end_of_line(line);
}

Result Parser::address(Line& line) {
  auto name = port_word(line);
  if (!name) return tl::unexpected(name.error());
  auto prefix = prefix_word(line, line.words.next());
  if (!prefix) return tl::unexpected(prefix.error());
  add_address(scenario_.topology, *name, *prefix);
  add_topology_comment();
  return end_of_line(line);
}

Expected<model::RouteType> Parser::route_type(const Word& word) const {
  static const std::map<std::string_view, model::RouteType> types{
      {"unreachable", model::RouteType::unreachable},
      {"prohibit", model::RouteType::prohibit},
      {"blackhole", model::RouteType::blackhole}};
  const auto found = types.find(word.text);
  return found == types.end() ? model::RouteType::unicast : found->second;
}

Result Parser::route(Line& line) {
  add_topology_comment();
  Word word = line.words.next();
  if (word.text == "none") {
    scenario_.topology.routes.clear();
    return end_of_line(line);
  }
  model::Route route{.destination = {}, .gateway = {}, .type = *route_type(word)};
  if (route.type != model::RouteType::unicast) word = line.words.next();
  auto destination =
      prefix_word(line, word.text == "default" ? Word{"0.0.0.0/0", word.offset} : word);
  if (!destination) return tl::unexpected(destination.error());
  route.destination = *destination;
  if (route.type == model::RouteType::unicast) {
    if (auto way = route_way(line, route); !way) return way;
  }
  set_route(scenario_.topology, std::move(route));
  return end_of_line(line);
}

/// `[via ADDRESS] dev PORT`.
Result Parser::route_way(Line& line, model::Route& route) {
  Word word = line.words.next();
  if (word.text == "via") {
    const Word gateway = line.words.next();
    route.gateway = wire::Address::parse(gateway.text);
    if (!route.gateway)
      return error(line, gateway, fmt::format("`{}` is not an address", gateway.text),
                   "such as `via 203.0.113.254`");
    word = line.words.next();
  }
  if (word.text != "dev") {
    return error(line, word,
                 word.text.empty() ? "the port of the route is missing"
                                   : as_message("unexpected", word.text),
                 "a route is `route PREFIX [via ADDRESS] dev PORT`");
  }
  auto name = port_word(line);
  if (!name) return tl::unexpected(name.error());
  route.port = *scenario_.topology.find_port(*name);
  return {};
}

Result Parser::sysctl(Line& line) {
  const Word rest = line.words.rest();
  const std::size_t equals = rest.text.find('=');
  if (equals == std::string_view::npos)
    return error(line, rest, "`=` is missing", "a sysctl is `sysctl net.ipv4.ip_forward = 0`");
  const Word key{trimmed(rest.text.substr(0, equals)), rest.offset};
  if (!key.text.starts_with("net.") || key.text.find_first_of(" \t/") != std::string_view::npos) {
    return error(line, key, fmt::format("`{}` is not a sysctl of the network", key.text),
                 "keys are written with dots and begin with `net.`");
  }
  const Word value = Words(line.content, rest.offset + equals + 1).rest();
  if (value.text.empty())
    return error(line, value, fmt::format("the value of `{}` is missing", key.text));
  if (auto applied = apply_sysctl(scenario_.topology.settings, key.text, value.text); !applied) {
    return error(line, value, applied.error());
  }
  scenario_.sysctls.push_back(
      {std::string(key.text), std::string(value.text), at(line, line.directive), take_comment()});
  return {};
}

Result Parser::rules(Line& line, RuleTool tool) {
  const std::string_view whole = lines_[static_cast<std::size_t>(line.number) - 1];
  const Word open = Words(whole, line.directive.offset + line.directive.text.size()).rest();
  if (!open.text.starts_with('{')) {
    return error(line, open, fmt::format("`{{` is missing behind `{}`", line.directive.text),
                 "the rules stand between `{` and `}`");
  }
  const BlockPlace from{.line = static_cast<std::size_t>(line.number) - 1,
                        .column = open.offset + 1};
  const auto end = find_block_end(lines_, from);
  if (!end)
    return error(line, open,
                 fmt::format("the block of `{}` that begins here has no end", line.directive.text),
                 "its `}` is missing");
  next_ = end->line + 1;
  scenario_.rules.push_back({.tool = tool,
                             .text = block_text(lines_, from, *end),
                             .pos = {line.number, static_cast<int>(from.column) + 1},
                             .comment = take_comment()});
  return behind_block(*end);
}

/// Nothing but a comment may follow the closing brace.
Result Parser::behind_block(BlockPlace end) {
  const std::string_view whole = lines_[end.line];
  const std::size_t hash = find_comment(whole.substr(end.column + 1));
  const Line line{.number = static_cast<int>(end.line) + 1, .content = whole};
  const Word behind = Words(whole, end.column + 1).rest();
  if (behind.text.empty()) return {};
  if (!behind.text.starts_with('#') || hash == std::string_view::npos)
    return error(line, behind, "unexpected text behind `}`",
                 "the next directive begins on a line of its own");
  note(comment_text(behind.text));
  scenario_.rules.back().comment +=
      (scenario_.rules.back().comment.empty() ? "" : "\n") + take_comment();
  return {};
}

// ---- the conversation ----

Result Parser::in(Line& line) {
  auto name = port_word(line);
  if (!name) return tl::unexpected(name.error());
  return stimulus(line, StimulusLine::Kind::in, std::move(*name));
}

Result Parser::send(Line& line) {
  return stimulus(line, StimulusLine::Kind::send, {});
}

Result Parser::stimulus(Line& line, StimulusLine::Kind kind, std::string port_name) {
  const Word rest = line.words.rest();
  if (rest.text.empty())
    return error(line, rest, "the packet is missing",
                 "such as `udp 10.0.1.2:4000 > 198.51.100.9:53`");
  auto packet = read_packet(rest.text);
  if (!packet) return error(line, rest, packet.error());
  packet.value().pos = at(line, rest);
  if (auto known = need_bound(line, rest, packet.value().notation.variables()); !known)
    return known;
  StimulusLine stimulus{.kind = kind,
                        .port = std::move(port_name),
                        .packet = std::move(packet.value()),
                        .pos = at(line, line.directive)};
  scenario_.steps.push_back({.stimulus = std::move(stimulus), .comment = take_comment()});
  return {};
}

Result Parser::out(Line& line) {
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

Result Parser::need_conditions_known(const Line& line, const Word& where, const OutPin& pin) const {
  std::vector<std::string> names;
  for (const wire::Condition& condition : pin.where)
    names.push_back(condition.variable);
  return need_bound(line, where, names);
}

Result Parser::nothing(Line& line) {
  scenario_.steps.back().pins.emplace_back(
      NothingPin{.pos = at(line, line.directive), .comment = take_comment()});
  return end_of_line(line);
}

Result Parser::ct(Line& line) {
  return ct_pin(line, line.words.rest(), false);
}

Result Parser::no(Line& line) {
  const Word what = line.words.next();
  if (what.text != "ct")
    return error(line, what, fmt::format("`no` is followed by `ct`, not `{}`", what.text),
                 "`nothing` says that no packet leaves");
  return ct_pin(line, line.words.rest(), true);
}

Result Parser::ct_pin(Line& line, const Word& rest, bool absent) {
  auto read = read_ct_pin(rest.text);
  if (!read) return error(line, rest, read.error());
  CtPin& pin = read.value();
  if (absent && (pin.reply || !pin.words.empty()))
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

}  // namespace

tl::expected<Scenario, Diagnostic> parse_scenario(std::string_view text, std::string path) {
  return Parser(text, std::move(path)).run();
}

}  // namespace natstep::harness
