// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/rules/nft_text.h"

#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace natstep::harness {
namespace {

using nlohmann::json;

std::string joined(const json& list, std::string_view between) {
  std::vector<std::string> parts;
  for (const json& part : list)
    parts.push_back(nft_expression_text(part));
  return fmt::format("{}", fmt::join(parts, between));
}

std::string member(const json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? std::string() : nft_expression_text(*found);
}

std::string payload_text(const json& payload) {
  if (payload.contains("field"))
    return member(payload, "protocol") + " " + member(payload, "field");
  return fmt::format("@{},{},{}", member(payload, "base"), member(payload, "offset"),
                     member(payload, "len"));
}

std::string ct_text(const json& ct) {
  const std::string direction = ct.contains("dir") ? member(ct, "dir") + " " : "";
  return "ct " + direction + member(ct, "key");
}

/// nft writes `meta` before most keys, but not before the interfaces.
std::string meta_text(const json& meta) {
  const std::string key = member(meta, "key");
  const bool bare = key == "iif" || key == "oif" || key == "iifname" || key == "oifname";
  return bare ? key : "meta " + key;
}

/// `fib daddr type`, `fib saddr . iif oif`.
std::string fib_text(const json& fib) {
  return fmt::format("fib {} {}", joined(fib.value("flags", json::array()), " . "),
                     member(fib, "result"));
}

/// The keys of a set, or the pairs `key : value` of a map.
std::string set_text(const json& set) {
  std::vector<std::string> parts;
  for (const json& element : set) {
    const bool pair = element.is_array() && element.size() == 2;
    parts.push_back(pair ? nft_expression_text(element[0]) + " : " + nft_expression_text(element[1])
                         : nft_expression_text(element));
  }
  return fmt::format("{{ {} }}", fmt::join(parts, ", "));
}

std::string map_text(const json& map, std::string_view word) {
  return fmt::format("{} {} {}", member(map, "key"), word, member(map, "data"));
}

/// An object with one member: an expression named by it.
std::string named_expression(const std::string& name, const json& value) {
  if (name == "payload") return payload_text(value);
  if (name == "ct") return ct_text(value);
  if (name == "meta") return meta_text(value);
  if (name == "fib") return fib_text(value);
  if (name == "tcp option")
    return fmt::format("tcp option {} {}", member(value, "name"), member(value, "field"));
  if (name == "numgen")
    return fmt::format("numgen {} mod {}", member(value, "mode"), member(value, "mod"));
  if (name == "set") return value.is_array() ? set_text(value) : nft_expression_text(value);
  if (name == "range") return joined(value, "-");
  if (name == "concat") return joined(value, " . ");
  if (name == "prefix") return member(value, "addr") + "/" + member(value, "len");
  if (name == "map") return map_text(value, "map");
  if (name == "elem") return member(value, "val");
  if (name == "&" || name == "|" || name == "^" || name == "<<" || name == ">>")
    return joined(value, " " + name + " ");
  if (value.is_object() && value.contains("key")) return name + " " + member(value, "key");
  if (value.is_object() && value.contains("target")) return name + " " + member(value, "target");
  return value.is_null() ? name : name + " " + nft_expression_text(value);
}

std::string match_text(const json& match) {
  const std::string op = match.value("op", "==");
  const bool masked =
      match.contains("left") && match.at("left").is_object() && match.at("left").contains("&");
  const bool implied = op == "in" || (op == "==" && !masked);
  const std::string sign = implied ? " " : " " + op + " ";
  return member(match, "left") + sign + member(match, "right");
}

std::string nat_text(const std::string& name, const json& nat) {
  if (!nat.is_object()) return name;
  const std::string port = nat.contains("port") ? ":" + member(nat, "port") : "";
  const bool target = nat.contains("addr") || nat.contains("port");
  std::string out = target ? fmt::format("{} to {}{}", name, member(nat, "addr"), port) : name;
  if (nat.contains("flags")) out += " " + member(nat, "flags");
  return out;
}

std::string limit_text(const json& limit) {
  const std::string over = limit.value("inv", false) ? "over " : "";
  const std::string unit = limit.contains("rate_unit") ? " " + member(limit, "rate_unit") : "";
  return fmt::format("limit rate {}{}{}/{}", over, member(limit, "rate"), unit,
                     member(limit, "per"));
}

std::string reject_text(const json& reject) {
  if (!reject.is_object()) return "reject";
  return fmt::format("reject with {} {}", member(reject, "type"), member(reject, "expr"));
}

/// Statements whose members are simply named one after the other: `reject type icmp expr
/// port-unreachable`.
std::string plain_text(const std::string& name, const json& value) {
  if (!value.is_object()) return value.is_null() ? name : name + " " + nft_expression_text(value);
  std::string out = name;
  for (const auto& [key, part] : value.items())
    out += " " + key + " " + nft_expression_text(part);
  return out;
}

}  // namespace

std::string nft_expression_text(const json& expression) {
  if (expression.is_string()) return expression.get<std::string>();
  if (expression.is_array()) return joined(expression, ",");
  if (expression.is_object() && expression.size() == 1) {
    return named_expression(expression.begin().key(), expression.begin().value());
  }
  return expression.dump();
}

std::string nft_statement_text(const json& statement) {
  if (!statement.is_object() || statement.size() != 1) return statement.dump();
  const std::string& name = statement.begin().key();
  const json& value = statement.begin().value();
  if (name == "match") return match_text(value);
  if (name == "snat" || name == "dnat" || name == "masquerade" || name == "redirect")
    return nat_text(name, value);
  const bool object = name == "ct helper" || name == "ct timeout" || name == "ct expectation";
  if (object && value.is_string()) return name + " set \"" + value.get<std::string>() + "\"";
  if (name == "mangle") return member(value, "key") + " set " + member(value, "value");
  if (name == "vmap") return map_text(value, "vmap");
  if (name == "jump" || name == "goto") return name + " " + member(value, "target");
  if (name == "reject") return reject_text(value);
  if (name == "limit") return limit_text(value);
  if (name == "counter") return "counter";
  return plain_text(name, value);
}

std::string nft_rule_text(const json& statements) {
  std::string out;
  for (const json& statement : statements)
    out += (out.empty() ? "" : " ") + nft_statement_text(statement);
  return out;
}

}  // namespace natstep::harness
