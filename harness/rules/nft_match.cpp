// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/rules/nft_match.h"

#include "harness/rules/nft_names.h"
#include "harness/rules/nft_text.h"
#include "harness/rules/rule_values.h"

#include <algorithm>
#include <optional>

namespace natstep::harness {
namespace {

using model::Match;
using model::Value;
using model::ValueRange;
using nlohmann::json;
using Ranges = std::vector<ValueRange>;

/// The left side of a match: a field, perhaps under a mask.
struct Operand {
  NftField field;
  std::optional<Value> mask;
};

tl::unexpected<std::string> not_understood(const json& expression) {
  return tl::unexpected(nft_expression_text(expression));
}

bool is_set_reference(const json& value) {
  return value.is_string() && value.get_ref<const std::string&>().starts_with('@');
}

// ---- values ----

Understood<Value> read_word(const std::string& word, NftType type) {
  if (type == NftType::address) {
    const auto address = wire::Address::parse(word);
    return address ? Understood<Value>(model::value_of(*address)) : tl::unexpected(word);
  }
  const auto value = nft_value(type, word);
  return value ? Understood<Value>(model::value_of(*value)) : tl::unexpected(word);
}

Value both(Value a, const Value& b) {
  std::ranges::transform(a, b, a.begin(), [](std::uint8_t x, std::uint8_t y) {
    return static_cast<std::uint8_t>(x | y);
  });
  return a;
}

/// A label is the number of its bit; the model's field holds the lower half of them.
Understood<Value> read_label(const json& value) {
  constexpr std::uint64_t readable = 64;
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() >= readable)
    return not_understood(value);
  return model::value_of(std::uint64_t{1} << value.get<std::uint64_t>());
}

/// One value; a list of flags is their union. Newer listings write `{"|": [...]}` for the list.
Understood<Value> read_value(const json& value, NftType type) {
  if (type == NftType::ct_label) return read_label(value);
  if (value.is_number_unsigned()) return model::value_of(value.get<std::uint64_t>());
  if (value.is_string()) return read_word(value.get<std::string>(), type);
  const json& list = value.is_object() && value.contains("|") ? value.at("|") : value;
  if (!list.is_array()) return not_understood(value);
  Value all{};
  for (const json& part : list) {
    auto one = read_value(part, type);
    if (!one) return one;
    all = both(all, *one);
  }
  return all;
}

Understood<ValueRange> read_span(const json& range, NftType type) {
  const auto low = read_value(range.at(0), type);
  if (!low) return tl::unexpected(low.error());
  const auto high = read_value(range.at(1), type);
  if (!high) return tl::unexpected(high.error());
  return ValueRange{*low, *high};
}

Understood<ValueRange> read_prefix(const json& prefix) {
  const auto address = wire::Prefix::parse(prefix.at("addr").get<std::string>() + "/" +
                                           std::to_string(prefix.at("len").get<int>()));
  return address ? Understood<ValueRange>(addresses_of(*address))
                 : not_understood(json{{"prefix", prefix}});
}

Understood<Ranges> read_ranges(const json& right, NftType type, const NftScope& scope);

Understood<Ranges> read_elements(const json& elements, NftType type, const NftScope& scope) {
  Ranges all;
  for (const json& element : elements) {
    auto ranges = read_ranges(element, type, scope);
    if (!ranges) return ranges;
    all.insert(all.end(), ranges->begin(), ranges->end());
  }
  return all;
}

/// The elements of a named set. Its elements must be those of the listing for the whole run.
Understood<json> named_elements(const json& reference, const NftScope& scope) {
  const std::string name = reference.get<std::string>().substr(1);
  const auto found = scope.sets.find(name);
  if (found == scope.sets.end()) return not_understood(reference);
  const json& set = found->second;
  const std::string flags = set.contains("flags") ? nft_expression_text(set.at("flags")) : "";
  if (flags.find("dynamic") != std::string::npos || flags.find("timeout") != std::string::npos)
    return not_understood(reference);
  return set.value("elem", json::array());
}

Understood<Ranges> read_object(const json& right, NftType type, const NftScope& scope) {
  if (right.contains("set")) return read_elements(right.at("set"), type, scope);
  if (right.contains("elem")) return read_ranges(right.at("elem").at("val"), type, scope);
  const auto one = [&]() -> Understood<ValueRange> {
    if (right.contains("range")) return read_span(right.at("range"), type);
    if (right.contains("prefix") && type == NftType::address)
      return read_prefix(right.at("prefix"));
    const auto value = read_value(right, type);
    return value ? Understood<ValueRange>(single(*value)) : tl::unexpected(value.error());
  }();
  return one ? Understood<Ranges>(Ranges{*one}) : tl::unexpected(one.error());
}

/// The values on the right of a comparison.
Understood<Ranges> read_ranges(const json& right, NftType type, const NftScope& scope) {
  if (is_set_reference(right)) {
    const auto elements = named_elements(right, scope);
    return elements ? read_elements(*elements, type, scope) : tl::unexpected(elements.error());
  }
  if (right.is_object()) return read_object(right, type, scope);
  if (type == NftType::interface && right.is_string())
    return ports_named(scope.topology, right.get<std::string>(), '*');
  const auto value = read_value(right, type);
  return value ? Understood<Ranges>(Ranges{single(*value)}) : tl::unexpected(value.error());
}

// ---- fields ----

Understood<Operand> read_operand(const json& left) {
  if (left.is_object() && left.contains("numgen")) {
    return Operand{.field = {.name = "numgen", .field = model::Field::generated},
                   .mask = std::nullopt};
  }
  const bool masked = left.is_object() && left.contains("&");
  const json& expression = masked ? left.at("&").at(0) : left;
  const auto field = find_nft_field(nft_expression_text(expression));
  if (!field) return not_understood(left);
  Operand operand{.field = *field, .mask = std::nullopt};
  if (!masked) return operand;
  const auto mask = read_value(left.at("&").at(1), field->type);
  if (!mask) return not_understood(left);
  operand.mask = *mask;
  return operand;
}

/// What the field supposes, then the match itself.
Matches with_protocol(const Operand& operand, Match match) {
  Matches matches;
  if (operand.field.l4proto) {
    matches.push_back({.field = model::Field::meta_l4proto,
                       .mask = {},
                       .ranges = {single(*operand.field.l4proto)}});
  }
  match.field = operand.field.field;
  match.mask = operand.mask;
  matches.push_back(std::move(match));
  return matches;
}

// ---- comparisons ----

Value highest() {
  Value value;
  value.fill(0xff);
  return value;
}

/// The value one above (`by` = +1) or below; only called where there is one.
Value neighbour(Value value, int by) {
  for (std::size_t at = value.size(); at-- > 0;) {
    const int sum = value[at] + by;
    value[at] = static_cast<std::uint8_t>(sum);
    if (sum >= 0 && sum <= 0xff) break;
  }
  return value;
}

/// The values that stand in the order `op` to `bound`.
Ranges ordered(const std::string& op, const Value& bound) {
  if (op == "<=") return {{Value{}, bound}};
  if (op == ">=") return {{bound, highest()}};
  if (op == "<") return bound == Value{} ? Ranges{} : Ranges{{Value{}, neighbour(bound, -1)}};
  return bound == highest() ? Ranges{} : Ranges{{neighbour(bound, +1), highest()}};
}

bool is_order(const std::string& op) {
  return op == "<" || op == ">" || op == "<=" || op == ">=";
}

/// `tcp flags syn,ack`: a common bit is enough; `tcp flags ! syn`: none is common.
Understood<Match> read_bits(const std::string& op, const Operand& left, const json& right) {
  const auto bits = read_value(right, left.field.type);
  if (!bits) return tl::unexpected(bits.error());
  return Match{
      .field = {}, .mask = {}, .ranges = {single(*bits)}, .negated = op == "!", .any_bit = true};
}

Understood<Match> read_comparison(const std::string& op, const Operand& left, const json& right,
                                  const NftScope& scope) {
  if (op == "in" || op == "!") return read_bits(op, left, right);
  if (is_order(op)) {
    const auto bound = read_value(right, left.field.type);
    if (!bound) return tl::unexpected(bound.error());
    return Match{.field = {}, .mask = {}, .ranges = ordered(op, *bound)};
  }
  if (op != "==" && op != "!=") return tl::unexpected(op);
  const auto ranges = read_ranges(right, left.field.type, scope);
  if (!ranges) return tl::unexpected(ranges.error());
  return Match{.field = {}, .mask = {}, .ranges = *ranges, .negated = op == "!="};
}

Understood<Alternatives> read_concatenation(const json& left, const json& right,
                                            const NftScope& scope) {
  json elements = right;
  if (is_set_reference(right)) {
    auto named = named_elements(right, scope);
    if (!named) return tl::unexpected(named.error());
    elements = std::move(*named);
  } else if (right.is_object() && right.contains("set")) {
    elements = right.at("set");
  } else {
    elements = json::array({right});
  }
  Alternatives alternatives;
  for (const json& element : elements) {
    auto matches = key_matches(left, element, scope);
    if (!matches) return tl::unexpected(matches.error());
    alternatives.push_back(std::move(*matches));
  }
  return alternatives;
}

const json& without_elem(const json& element) {
  return element.is_object() && element.contains("elem") ? element.at("elem").at("val") : element;
}

}  // namespace

Understood<Alternatives> read_match(const json& match, const NftScope& scope) {
  const json& left = match.at("left");
  const json& right = match.at("right");
  const std::string op = match.value("op", "==");
  if (left.is_object() && left.contains("concat")) {
    if (op != "==") return not_understood(left);
    return read_concatenation(left, right, scope);
  }
  const auto operand = read_operand(left);
  if (!operand) return tl::unexpected(nft_statement_text(json{{"match", match}}));
  auto comparison = read_comparison(op, *operand, right, scope);
  if (!comparison) return tl::unexpected(nft_statement_text(json{{"match", match}}));
  return Alternatives{with_protocol(*operand, std::move(*comparison))};
}

Understood<Matches> key_matches(const json& key, const json& element, const NftScope& scope) {
  const json& value = without_elem(element);
  if (key.is_object() && key.contains("concat")) {
    Matches all;
    for (std::size_t part = 0; part < key.at("concat").size(); ++part) {
      auto matches = key_matches(key.at("concat").at(part), value.at("concat").at(part), scope);
      if (!matches) return matches;
      all.insert(all.end(), matches->begin(), matches->end());
    }
    return all;
  }
  const auto operand = read_operand(key);
  if (!operand) return tl::unexpected(operand.error());
  auto comparison = read_comparison("==", *operand, value, scope);
  if (!comparison) return tl::unexpected(comparison.error());
  return with_protocol(*operand, std::move(*comparison));
}

Understood<std::vector<std::pair<json, json>>> map_pairs(const json& data, const NftScope& scope) {
  json elements;
  if (is_set_reference(data)) {
    auto named = named_elements(data, scope);
    if (!named) return tl::unexpected(named.error());
    elements = std::move(*named);
  } else if (data.is_object() && data.contains("set")) {
    elements = data.at("set");
  } else {
    return not_understood(data);
  }
  std::vector<std::pair<json, json>> pairs;
  for (const json& element : elements) {
    if (!element.is_array() || element.size() != 2) return not_understood(element);
    pairs.emplace_back(element.at(0), element.at(1));
  }
  return pairs;
}

}  // namespace natstep::harness
