// SPDX-License-Identifier: GPL-2.0-or-later
// The directives that describe the box: its ports, routes, sysctls and rules.
#include "harness/scenario/scenario_lines.h"
#include "harness/scenario/scenario_parser.h"
#include "harness/scenario/topology_lines.h"
#include "model/profile.h"

#include <charconv>

namespace natstep::harness {
namespace {

/// `add` or `del` makes an event of a line that else is about the box.
bool says_change(const Line& line) {
  Words words = line.words;
  const std::string_view word = words.next().text;
  return word == "add" || word == "del";
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

/// Nothing that could lead out of /proc/sys/net, which is the namespace's own.
bool is_network_sysctl(std::string_view key) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  return key.starts_with("net.") && std::ranges::all_of(key, fits) &&
         key.find("..") == std::string_view::npos;
}

}  // namespace

ScenarioParser::Result ScenarioParser::topology(Line& line) {
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
                                   : quoted("unknown topology", name.text),
                 guess_or_list(name.text, topology_names(), "known are"));
  }
  topology_line_ = line.number;
  scenario_.topology_name = name.text;
  scenario_.topology = std::move(*start);
  add_topology_comment();
  return end_of_line(line);
}

ScenarioParser::Result ScenarioParser::port(Line& line) {
  if (route_line_) {
    return error(line, line.directive,
                 fmt::format("`port` below the `route` of line {}", *route_line_),
                 "routes follow the ports, which they suppose");
  }
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
  auto addresses = addresses_of_port(line, line.words.next());
  if (!addresses) return tl::unexpected(addresses.error());
  model::Port port{.name = std::string(name.text), .addresses = std::move(*addresses)};
  if (auto read = mtu(line, port); !read) return read;
  set_port(scenario_.topology, std::move(port));
  add_topology_comment();
  return {};
}

/// `none` is a port that has a link and no address, as a tunnel may be.
tl::expected<std::vector<wire::Prefix>, Diagnostic> ScenarioParser::addresses_of_port(
    const Line& line, const Word& word) const {
  if (word.text == "none") return std::vector<wire::Prefix>{};
  return prefix_list(line, word);
}

/// `[mtu N]` and the end of the line.
ScenarioParser::Result ScenarioParser::mtu(Line& line, model::Port& port) const {
  const Word name = line.words.next();
  if (name.text.empty()) return {};
  if (name.text != "mtu")
    return error(line, name, quoted("unexpected", name.text),
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

ScenarioParser::Result ScenarioParser::address(Line& line) {
  if (begun() || says_change(line)) return address_event(line);
  auto name = port_word(line);
  if (!name) return tl::unexpected(name.error());
  auto prefix = prefix_word(line, line.words.next());
  if (!prefix) return tl::unexpected(prefix.error());
  add_address(scenario_.topology, *name, *prefix);
  add_topology_comment();
  return end_of_line(line);
}

/// `pins need FEATURE...`: the pins speak of kernels that have these features, or lack those that
/// `no-` stands before. Others are still compared with the model.
ScenarioParser::Result ScenarioParser::pins(Line& line) {
  const Word need = line.words.next();
  if (need.text != "need")
    return error(line, need, quoted("unexpected", need.text), "it is `pins need FEATURE...`");
  Word name = line.words.next();
  if (name.text.empty()) return error(line, name, "the name of a feature is missing");
  for (; !name.text.empty(); name = line.words.next()) {
    if (!model::parse_feature_need(name.text)) {
      std::vector<std::string_view> known;
      for (const model::Feature& feature : model::features())
        known.push_back(feature.name);
      return error(line, name, quoted("unknown feature", name.text),
                   guess_or_list(name.text, known, "known are"));
    }
    scenario_.pins_need.emplace_back(name.text);
  }
  return {};
}

model::RouteType ScenarioParser::route_type(std::string_view word) {
  if (word == "unreachable") return model::RouteType::unreachable;
  if (word == "prohibit") return model::RouteType::prohibit;
  if (word == "blackhole") return model::RouteType::blackhole;
  return model::RouteType::unicast;
}

ScenarioParser::Result ScenarioParser::route(Line& line) {
  if (begun() || says_change(line)) return route_event(line);
  add_topology_comment();
  if (!route_line_) route_line_ = line.number;
  if (Words words = line.words; words.next().text == "none") {
    line.words.next();
    scenario_.topology.routes.clear();
    return end_of_line(line);
  }
  auto route = route_words(line);
  if (!route) return tl::unexpected(route.error());
  set_route(scenario_.topology, std::move(*route));
  return end_of_line(line);
}

/// `[unreachable|prohibit|blackhole] PREFIX [via ADDRESS] dev PORT`.
tl::expected<model::Route, Diagnostic> ScenarioParser::route_words(Line& line) {
  Word word = line.words.next();
  model::Route route{.destination = {}, .gateway = {}, .type = route_type(word.text)};
  if (route.type != model::RouteType::unicast) word = line.words.next();
  auto destination =
      prefix_word(line, word.text == "default" ? Word{"0.0.0.0/0", word.offset} : word);
  if (!destination) return tl::unexpected(destination.error());
  route.destination = *destination;
  if (route.type == model::RouteType::unicast) {
    if (auto way = route_way(line, route); !way) return tl::unexpected(way.error());
  }
  return route;
}

/// `[via ADDRESS] dev PORT`.
ScenarioParser::Result ScenarioParser::route_way(Line& line, model::Route& route) {
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
    return error(
        line, word,
        word.text.empty() ? "the port of the route is missing" : quoted("unexpected", word.text),
        "a route is `route PREFIX [via ADDRESS] dev PORT`");
  }
  auto name = port_word(line);
  if (!name) return tl::unexpected(name.error());
  route.port = *scenario_.topology.find_port(*name);
  // Which neighbours the port has by the time of an event, the kernel knows.
  if (begun() || reachable(scenario_.topology, route)) return {};
  return error(line, line.directive,
               fmt::format("the gateway {} is no neighbour of port `{}`",
                           wire::to_string(*route.gateway), *name),
               "it must lie in the prefix of one of the port's addresses");
}

ScenarioParser::Result ScenarioParser::sysctl(Line& line) {
  const Word rest = line.words.rest();
  const std::size_t equals = rest.text.find('=');
  if (equals == std::string_view::npos)
    return error(line, rest, "`=` is missing", "a sysctl is `sysctl net.ipv4.ip_forward = 0`");
  const Word key{trimmed(rest.text.substr(0, equals)), rest.offset};
  if (!is_network_sysctl(key.text)) {
    return error(line, key, fmt::format("`{}` is not a sysctl of the network", key.text),
                 "keys are written with dots and begin with `net.`");
  }
  const Word value = Words(line.content, rest.offset + equals + 1).rest();
  if (value.text.empty() || value.text.starts_with('#'))
    return error(line, value, fmt::format("the value of `{}` is missing", key.text));
  model::Settings unchanged = scenario_.topology.settings;
  model::Settings& settings = begun() ? unchanged : scenario_.topology.settings;
  if (auto applied = apply_sysctl(settings, key.text, value.text); !applied) {
    return error(line, value, applied.error());
  }
  SysctlLine sysctl{std::string(key.text), std::string(value.text), at(line, line.directive), {}};
  if (begun()) return event(line, std::move(sysctl));
  sysctl.comment = take_comment();
  scenario_.sysctls.push_back(std::move(sysctl));
  return {};
}

ScenarioParser::Result ScenarioParser::rules(Line& line, RuleTool tool) {
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
  auto behind = behind_block(*end);
  if (!behind) return tl::unexpected(behind.error());
  if (!behind->empty()) note(*behind);
  RulesBlock block{.tool = tool,
                   .text = block_text(lines_, from, *end),
                   .pos = {line.number, static_cast<int>(from.column) + 1},
                   .comment = {}};
  if (begun()) return event(line, std::move(block));
  block.comment = take_comment();
  scenario_.rules.push_back(std::move(block));
  return {};
}

/// Nothing but a comment may follow the closing brace.
tl::expected<std::string, Diagnostic> ScenarioParser::behind_block(BlockPlace end) {
  const std::string_view whole = lines_[end.line];
  const std::size_t hash = find_comment(whole.substr(end.column + 1));
  const Line line{.number = static_cast<int>(end.line) + 1, .content = whole};
  const Word behind = Words(whole, end.column + 1).rest();
  if (behind.text.empty()) return std::string();
  if (!behind.text.starts_with('#') || hash == std::string_view::npos)
    return error(line, behind, "unexpected text behind `}`",
                 "the next directive begins on a line of its own");
  return comment_text(behind.text);
}

}  // namespace natstep::harness
