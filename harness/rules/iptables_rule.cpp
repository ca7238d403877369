// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/rules/iptables_rule.h"

#include "harness/rules/iptables_options.h"
#include "harness/rules/rule_values.h"
#include "harness/scenario/line_words.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

/// The options of a specification one after the other. `--option=value` is `--option value`; "!"
/// turns the next one round.
class Options {
 public:
  explicit Options(std::span<const std::string> words) : words_(words) {}

  [[nodiscard]] bool done() const { return at_ == words_.size(); }

  /// Nothing for an option that is not known; `name()` then says which.
  std::optional<IptablesOption> next() {
    IptablesOption option;
    if (words_[at_] == "!") option.negated = ++at_ < words_.size();
    if (done()) return std::nullopt;
    std::string_view word = words_[at_++];
    const std::size_t equals = word.starts_with("--") ? word.find('=') : std::string_view::npos;
    option.name = name_ = word.substr(0, equals);
    const auto values = iptables_option_values(option.name);
    if (!values) return std::nullopt;
    for (std::size_t i = 0; i < *values; ++i) {
      if (i == 0 && equals != std::string_view::npos) {
        option.values[i] = word.substr(equals + 1);
      } else if (!read_value(option, i)) {
        return std::nullopt;
      }
    }
    return option;
  }

  [[nodiscard]] std::string_view name() const { return name_; }

 private:
  /// The old place of "!" is behind the option: `-s ! 10.0.0.1`.
  bool read_value(IptablesOption& option, std::size_t i) {
    if (!done() && i == 0 && words_[at_] == "!") {
      option.negated = true;
      ++at_;
    }
    if (done()) return false;
    option.values[i] = words_[at_++];
    return true;
  }

  std::span<const std::string> words_;
  std::size_t at_ = 0;
  std::string_view name_;
};

std::optional<std::uint8_t> protocol_of(std::span<const std::string> words) {
  for (Options options(words); !options.done();) {
    const auto option = options.next();
    if (!option) continue;
    if (option->name == "-p" || option->name == "--protocol" || option->name == "--proto")
      return protocol_number(option->values[0]);
  }
  return std::nullopt;
}

std::string option_text(const IptablesOption& option) {
  std::string text = option.negated ? "! " : "";
  text += option.name;
  for (const std::string_view value : option.values) {
    if (!value.empty()) text += fmt::format(" {}", value);
  }
  return text;
}

/// ip_packet_match, ip6_packet_match: wherever they stand in the rule, addresses and ports of the
/// box are compared first, then protocol and fragment, and only then any other match is asked.
int turn_of(const model::Statement& statement) {
  using model::Field;
  constexpr int first = 0, second = 1, last = 2;
  const auto* match = std::get_if<model::Match>(&statement);
  if (match == nullptr) return last;
  switch (match->field) {
    case Field::meta_iifname:
    case Field::meta_oifname:
    case Field::ip_saddr:
    case Field::ip_daddr:
    case Field::ip6_saddr:
    case Field::ip6_daddr:
      return first;
    case Field::ip_protocol:
    case Field::ip_frag_off:
      return second;
    default:
      return last;
  }
}

}  // namespace

std::optional<std::size_t> iptables_option_values(std::string_view name) {
  const auto of_match = iptables_match_values(name);
  return of_match ? of_match : iptables_target_values(name);
}

std::vector<std::string> iptables_words(std::string_view line) {
  std::vector<std::string> words;
  bool open = false;
  char quote = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (quote == 0 && is_blank(c)) {
      open = false;
      continue;
    }
    if (!std::exchange(open, true)) words.emplace_back();
    if (c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else {
      if (c == '\\' && at + 1 < line.size()) ++at;
      words.back() += line[at];
    }
  }
  return words;
}

tl::expected<std::vector<model::Statement>, std::string> read_iptables_rule(
    std::span<const std::string> words, const IptablesScope& scope) {
  IptablesMatches matches{
      .topology = scope.topology, .legacy = scope.legacy, .protocol = protocol_of(words)};
  IptablesTarget target;
  for (Options options(words); !options.done();) {
    const auto option = options.next();
    if (!option) return tl::unexpected(std::string(options.name()));
    // A match and a target may have an option of the same name: --helper.
    const bool of_target = !target.name.empty();
    auto read = of_target ? read_iptables_target(*option, target) : std::nullopt;
    if (!read) read = read_iptables_match(*option, matches);
    if (!read) read = read_iptables_target(*option, target);
    if (!read.value_or(false)) return tl::unexpected(option_text(*option));
  }
  if (!finish_iptables_matches(matches))
    return tl::unexpected(fmt::format("-m {}", matches.module));
  std::vector<model::Statement> statements = std::move(matches.statements);
  std::ranges::stable_sort(statements, {}, turn_of);
  if (!append_target(target, scope.is_chain, statements))
    return tl::unexpected(fmt::format("-j {}", target.name));
  return statements;
}

}  // namespace natstep::harness
