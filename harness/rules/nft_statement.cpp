// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/rules/nft_statement.h"

#include "harness/rules/nft_actions.h"
#include "harness/rules/nft_text.h"
#include "harness/rules/rule_values.h"
#include "model/protocol.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

namespace natstep::harness {
namespace {

using model::NatKind;
using model::NatRange;
using nlohmann::json;
using Verdict = model::VerdictStatement::Kind;

/// More than any rule set of a scenario has, and little enough to hold.
constexpr std::size_t most_alternatives = 4096;

tl::unexpected<std::string> not_understood(const std::string& name, const json& value) {
  return tl::unexpected(nft_statement_text(json{{name, value}}));
}

// ---- verdicts ----

std::optional<model::VerdictStatement> read_verdict(const std::string& name, const json& value) {
  static const std::map<std::string_view, Verdict> words{
      {"accept", Verdict::accept},  {"drop", Verdict::drop}, {"continue", Verdict::continue_},
      {"return", Verdict::return_}, {"jump", Verdict::jump}, {"goto", Verdict::goto_}};
  const auto found = words.find(name);
  if (found == words.end()) return std::nullopt;
  return model::VerdictStatement{
      .kind = found->second,
      .target = value.is_object() ? value.at("target").get<std::string>() : std::string()};
}

/// `queue`, `queue num 1`, `queue num 1 bypass`: someone always listens, so that the flag says
/// nothing. More than one queue share the packets by a hash.
std::optional<model::VerdictStatement> read_queue(const json& value) {
  model::VerdictStatement verdict{.kind = Verdict::queue, .target = {}};
  if (value.is_null()) return verdict;
  for (const auto& [name, part] : value.items()) {
    if (name == "flags") continue;
    if (name != "num" || !part.is_number_unsigned()) return std::nullopt;
    verdict.queue = part.get<std::uint16_t>();
  }
  return verdict;
}

// ---- NAT ----

bool read_address_part(const json& part, NatRange& range) {
  const auto set = [&](std::optional<wire::Address> low, std::optional<wire::Address> high) {
    range.min_address = low;
    range.max_address = high;
    return low && high;
  };
  if (part.is_string()) {
    const auto address = wire::Address::parse(part.get<std::string>());
    return set(address, address);
  }
  if (part.contains("range")) {
    return set(wire::Address::parse(part.at("range").at(0).get<std::string>()),
               wire::Address::parse(part.at("range").at(1).get<std::string>()));
  }
  if (!part.contains("prefix")) return false;
  // A range that happens to be a prefix is listed as one.
  const auto prefix = wire::Prefix::parse(nft_expression_text(part));
  if (!prefix) return false;
  const AddressSpan span = span_of(*prefix);
  return set(span.first, span.last);
}

bool read_port_part(const json& part, NatRange& range) {
  const bool span = part.is_object() && part.contains("range");
  const json& low = span ? part.at("range").at(0) : part;
  const json& high = span ? part.at("range").at(1) : part;
  range.min_port = service_port(nft_expression_text(low));
  range.max_port = service_port(nft_expression_text(high));
  return range.min_port && range.max_port;
}

/// False for a flag that is none of a range's.
bool read_flag(const std::string& flag, NatRange& range) {
  if (flag == "random") return range.random = true;
  if (flag == "fully-random") return range.fully_random = true;
  if (flag == "persistent") return range.persistent = true;
  return flag == "netmap";
}

bool read_flags(const json& flags, NatRange& range) {
  if (flags.is_string()) return read_flag(flags.get<std::string>(), range);
  return std::ranges::all_of(
      flags, [&](const json& flag) { return read_flag(flag.get<std::string>(), range); });
}

bool has_netmap(const json& nat) {
  return nat.contains("flags") &&
         nft_expression_text(nat.at("flags")).find("netmap") != std::string::npos;
}

std::optional<NatKind> nat_kind(const std::string& name) {
  if (name == "snat") return NatKind::snat;
  if (name == "dnat") return NatKind::dnat;
  if (name == "masquerade") return NatKind::masquerade;
  if (name == "redirect") return NatKind::redirect;
  return std::nullopt;
}

/// `snat ip6 to` names its family in a table of both; elsewhere the address says it.
wire::AddressFamily nat_family(const json& nat, const NatRange& range) {
  const std::string family = nat.value("family", "");
  if (family == "ip") return wire::AddressFamily::ipv4;
  if (family == "ip6") return wire::AddressFamily::ipv6;
  return range.min_address ? range.min_address->family : wire::AddressFamily::none;
}

Understood<model::NatStatement> read_nat(const std::string& name, const json& nat) {
  model::NatStatement statement{.kind = *nat_kind(name), .range = {}};
  if (nat.is_null()) return statement;
  if (has_netmap(nat)) statement.kind = NatKind::netmap;
  const bool understood =
      (!nat.contains("addr") || read_address_part(nat.at("addr"), statement.range)) &&
      (!nat.contains("port") || read_port_part(nat.at("port"), statement.range)) &&
      (!nat.contains("flags") || read_flags(nat.at("flags"), statement.range));
  if (!understood) return not_understood(name, nat);
  statement.family = nat_family(nat, statement.range);
  return statement;
}

/// A NAT statement with the value of a map put in its place: an address, or an address and a port,
/// or a port.
json with_mapped(json nat, const std::string& part, const json& value) {
  if (part == "port") {
    nat["port"] = value;
  } else if (value.is_object() && value.contains("concat")) {
    nat["addr"] = value.at("concat").at(0);
    nat["port"] = value.at("concat").at(1);
  } else {
    nat["addr"] = value;
  }
  return nat;
}

// ---- a rule ----

/// Statements that say something about the packet to someone, and do nothing to it.
bool only_observes(const std::string& name) {
  return name == "counter" || name == "log" || name == "comment";
}

/// Everything but a match.
bool acts(const model::Statement& statement) {
  return !std::holds_alternative<model::Match>(statement);
}

/// The values of a map in the place of `value`.
bool is_map(const json& value) {
  return value.is_object() && value.contains("map");
}

class RuleReader {
 public:
  explicit RuleReader(const NftScope& scope) : scope_(scope) {}

  Understood<NftRule> read(const json& statements) {
    for (const json& statement : statements) {
      if (auto read = add(statement.begin().key(), statement.begin().value()); !read)
        return tl::unexpected(read.error());
    }
    return NftRule{.alternatives = std::move(alternatives_), .prefix = prefix_};
  }

 private:
  using Result = Understood<void>;

  Result add(const std::string& name, const json& value) {
    if (only_observes(name)) return {};
    if (name == "match") return add_match(value);
    if (name == "vmap") return add_verdict_map(value);
    if (name == "notrack") return append({model::NotrackStatement{}});
    if (name == "ct helper" || name == "ct timeout" || name == "ct expectation")
      return add_object(name, value);
    if (name == "mangle") return add_mangle(value);
    if (name == "reject") return add_reject(value);
    if (name == "limit" || name == "quota") return append_read(read_meter(name, value, meters_++));
    if (nat_kind(name)) return add_nat(name, value);
    if (auto verdict = read_verdict(name, value)) return append({*verdict});
    if (name == "queue") {
      if (auto verdict = read_queue(value)) return append({*verdict});
      return not_understood(name, value);
    }
    return not_understood(name, value);
  }

  /// A reset speaks of TCP alone, and nft does not print the match that says so.
  Result add_reject(const json& reject) {
    const auto statement = read_reject(reject);
    if (!statement) return tl::unexpected(statement.error());
    const auto& wanted = std::get<model::RejectStatement>(*statement);
    if (wanted.with == model::RejectStatement::With::icmp) return append({*statement});
    model::Match tcp{
        .field = model::Field::meta_l4proto, .mask = {}, .ranges = {single(model::protocol::tcp)}};
    return append({std::move(tcp), *statement});
  }

  Result add_mangle(const json& mangle) {
    if (is_map(mangle.at("value"))) {
      return add_map(mangle.at("value").at("map"), [&](const json& value) {
        json one = mangle;
        one["value"] = value;
        return required(read_mangle(one), one);
      });
    }
    auto statement = read_mangle(mangle);
    if (!statement) return tl::unexpected(statement.error());
    return *statement ? append({**statement}) : Result{};
  }

  static Understood<model::Statement> required(
      const Understood<std::optional<model::Statement>>& statement, const json& mangle) {
    if (!statement) return tl::unexpected(statement.error());
    if (!*statement) return not_understood("mangle", mangle);
    return **statement;
  }

  /// `numgen` counts once a packet, whatever the rule does with the number.
  Result generate(const json& expression) {
    auto statement = read_generator(expression, meters_);
    if (!statement) return tl::unexpected(statement.error());
    if (!*statement) return {};
    ++meters_;
    return append({**statement});
  }

  Result add_match(const json& value) {
    if (auto generated = generate(value.at("left")); !generated) return generated;
    auto matches = read_match(value, scope_);
    if (!matches) return tl::unexpected(matches.error());
    std::vector<Statements> branches;
    for (const Matches& all : *matches)
      branches.emplace_back(all.begin(), all.end());
    return multiply(branches);
  }

  Result add_nat(const std::string& name, const json& nat) {
    for (const char* part : {"addr", "port"}) {
      if (nat.is_object() && nat.contains(part) && is_map(nat.at(part)))
        return add_nat_map(name, nat, part);
    }
    auto statement = read_nat(name, nat);
    return statement ? append({*statement}) : tl::unexpected(statement.error());
  }

  Result add_nat_map(const std::string& name, const json& nat, const std::string& part) {
    const json& map = nat.at(part).at("map");
    return add_map(map, [&](const json& value) -> Understood<model::Statement> {
      auto statement = read_nat(name, with_mapped(nat, part, value));
      if (!statement) return tl::unexpected(statement.error());
      return *statement;
    });
  }

  Result add_object(const std::string& kind, const json& value) {
    const auto named = [&](const json& word) -> Understood<model::Statement> {
      const auto object = scope_.objects.find(kind + " " + word.get<std::string>());
      if (object == scope_.objects.end()) return not_understood(kind, word);
      return object->second;
    };
    if (value.is_object() && value.contains("map")) return add_map(value.at("map"), named);
    const auto statement = named(value);
    return statement ? append({*statement}) : tl::unexpected(statement.error());
  }

  Result add_verdict_map(const json& map) {
    return add_map(map, [](const json& value) -> Understood<model::Statement> {
      const auto verdict = read_verdict(value.begin().key(), value.begin().value());
      if (!verdict) return tl::unexpected(nft_statement_text(value));
      return *verdict;
    });
  }

  template <typename ToStatement>
  Result add_map(const json& map, ToStatement&& to_statement) {
    if (auto generated = generate(map.at("key")); !generated) return generated;
    const auto pairs = map_pairs(map.at("data"), scope_);
    if (!pairs) return tl::unexpected(pairs.error());
    std::vector<Statements> branches;
    for (const auto& [key, value] : *pairs) {
      const auto matches = key_matches(map.at("key"), key, scope_);
      if (!matches) return tl::unexpected(matches.error());
      const Understood<model::Statement> statement = to_statement(value);
      if (!statement) return tl::unexpected(statement.error());
      branches.emplace_back(matches->begin(), matches->end()).push_back(*statement);
    }
    return multiply(branches);
  }

  Result append_read(const Understood<model::Statement>& statement) {
    return statement ? append({*statement}) : Result(tl::unexpected(statement.error()));
  }

  Result append(const Statements& statements) {
    for (Statements& alternative : alternatives_)
      alternative.insert(alternative.end(), statements.begin(), statements.end());
    return {};
  }

  /// The first map of a rule: what stands before it is evaluated once, with the first branch.
  Result divide(const std::vector<Statements>& branches) {
    prefix_ = static_cast<std::uint32_t>(alternatives_.front().size());
    std::vector<Statements> all(branches);
    all.front().insert(all.front().begin(), alternatives_.front().begin(),
                       alternatives_.front().end());
    alternatives_ = std::move(all);
    return {};
  }

  /// Every alternative so far, followed by every branch. What stands before a second map would act
  /// once for each branch, so it must not do anything.
  Result multiply(const std::vector<Statements>& branches) {
    if (branches.size() == 1) return append(branches.front());
    if (alternatives_.size() == 1 && !branches.empty()) return divide(branches);
    const bool acted = std::ranges::any_of(
        alternatives_, [](const Statements& all) { return std::ranges::any_of(all, acts); });
    if (acted) return tl::unexpected(std::string("a second map behind a statement"));
    if (alternatives_.size() * branches.size() > most_alternatives)
      return tl::unexpected(std::string("a map of thousands of elements"));
    std::vector<Statements> all;
    for (const Statements& alternative : alternatives_) {
      for (const Statements& branch : branches) {
        all.push_back(alternative);
        all.back().insert(all.back().end(), branch.begin(), branch.end());
      }
    }
    alternatives_ = std::move(all);
    return {};
  }

  const NftScope& scope_;
  std::vector<Statements> alternatives_{Statements{}};
  std::uint32_t prefix_ = 0;
  std::uint32_t meters_ = 0;
};

}  // namespace

Understood<NftRule> read_nft_rule(const json& statements, const NftScope& scope) {
  return RuleReader(scope).read(statements);
}

}  // namespace natstep::harness
