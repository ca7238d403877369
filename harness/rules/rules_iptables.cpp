// SPDX-License-Identifier: GPL-2.0-or-later
// iptables rules, from the lines of iptables-save or the arguments of iptables commands, to the
// model's tables and chains.
//
// The legacy variant registers every hook of a table with its first use (xt_hook_ops_alloc); the
// nft variant makes the chains that are spoken of, one by one.
#include "harness/rules/iptables_rule.h"
#include "harness/rules/iptables_values.h"
#include "harness/rules/rule_values.h"
#include "harness/rules/rules.h"
#include "harness/scenario/line_words.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace natstep::harness {
namespace {

using model::ChainType;
using model::Hook;
namespace priority = model::priority;
using Words = std::vector<std::string>;

struct BuiltinChain {
  std::string_view table;
  std::string_view name;
  Hook hook;
  std::int32_t at;
  ChainType type = ChainType::filter;
};

// Source: net/ipv4/netfilter/iptable_{raw,mangle,nat,filter,security}.c; the nft variant makes the
// same ones, but for the place of the security table (iptables/nft.c xtables_ipv4).
constexpr std::array builtin_chains{
    BuiltinChain{"raw", "PREROUTING", Hook::pre_routing, priority::raw},
    BuiltinChain{"raw", "OUTPUT", Hook::local_out, priority::raw},
    BuiltinChain{"mangle", "PREROUTING", Hook::pre_routing, priority::mangle},
    BuiltinChain{"mangle", "INPUT", Hook::local_in, priority::mangle},
    BuiltinChain{"mangle", "FORWARD", Hook::forward, priority::mangle},
    BuiltinChain{"mangle", "OUTPUT", Hook::local_out, priority::mangle, ChainType::route},
    BuiltinChain{"mangle", "POSTROUTING", Hook::post_routing, priority::mangle},
    BuiltinChain{"nat", "PREROUTING", Hook::pre_routing, priority::nat_dst, ChainType::nat},
    BuiltinChain{"nat", "INPUT", Hook::local_in, priority::nat_src, ChainType::nat},
    BuiltinChain{"nat", "OUTPUT", Hook::local_out, priority::nat_dst, ChainType::nat},
    BuiltinChain{"nat", "POSTROUTING", Hook::post_routing, priority::nat_src, ChainType::nat},
    BuiltinChain{"filter", "INPUT", Hook::local_in, priority::filter},
    BuiltinChain{"filter", "FORWARD", Hook::forward, priority::filter},
    BuiltinChain{"filter", "OUTPUT", Hook::local_out, priority::filter},
    BuiltinChain{"security", "INPUT", Hook::local_in, priority::security},
    BuiltinChain{"security", "FORWARD", Hook::forward, priority::security},
    BuiltinChain{"security", "OUTPUT", Hook::local_out, priority::security},
};

constexpr std::int32_t security_in_nft_variant = 150;

enum class Variant : std::uint8_t { legacy, nft };

std::int32_t priority_in(Variant variant, const BuiltinChain& chain) {
  const bool moved = variant == Variant::nft && chain.table == "security";
  return moved ? security_in_nft_variant : chain.at;
}

/// What of a command is left when its table is taken out.
struct Command {
  model::RuleFamily family = model::RuleFamily::ip;
  std::string table;
  Words words;
};

/// The options of ip6tables mean the fields of IPv6; its -p the protocol behind the extension
/// headers (ip6_packet_match).
std::optional<model::Field> in_ipv6(model::Field field) {
  using model::Field;
  switch (field) {
    case Field::ip_saddr:
      return Field::ip6_saddr;
    case Field::ip_daddr:
      return Field::ip6_daddr;
    case Field::ip_protocol:
      return Field::meta_l4proto;
    case Field::ip_ttl:
      return Field::ip6_hoplimit;
    case Field::ip_dscp:
      return Field::ip6_dscp;
    case Field::ip_frag_off:
      return std::nullopt;
    default:
      return field;
  }
}

/// False when a match has no counterpart in IPv6. ip6tables-legacy walks to the transport header to
/// know the protocol; ip6tables-nft lets nft's own expression do it.
bool bring_into_ipv6(std::vector<model::Statement>& statements, Variant variant) {
  return std::ranges::all_of(statements, [variant](model::Statement& statement) {
    auto* match = std::get_if<model::Match>(&statement);
    if (match == nullptr) return true;
    const auto field = in_ipv6(match->field);
    if (!field) return false;
    match->field = *field;
    if (*field == model::Field::meta_l4proto && variant == Variant::legacy) match->reads = 1;
    return true;
  });
}

class Reader {
 public:
  Reader(Variant variant, const model::Topology& topology, model::Ruleset& out)
      : variant_(variant),
        topology_(topology),
        out_(out),
        next_registration_(next_registration(out)) {}

  void read(std::string_view line, int number) {
    line = trimmed(line);
    line_ = number;
    text_ = line;
    if (line.empty() || line.starts_with('#') || line == "COMMIT") return;
    if (line.starts_with('*')) {
      table_in_file_ = trimmed(line.substr(1));
      table(model::RuleFamily::ip, table_in_file_);
      return;
    }
    const Words words = iptables_words(line);
    if (line.starts_with(':')) return declare(words);
    execute(to_command(words));
  }

 private:
  Command to_command(const Words& words) const {
    Command command{.table = table_in_file_, .words = {}};
    if (names_ip6tables(words)) command.family = model::RuleFamily::ip6;
    for (std::size_t at = 0; at < words.size(); ++at) {
      const std::string& word = words[at];
      if ((word == "-t" || word == "--table") && at + 1 < words.size()) {
        command.table = words[++at];
      } else if (word.starts_with("--table=")) {
        command.table = word.substr(word.find('=') + 1);
      } else if (!command.words.empty() || !before_command(word)) {
        command.words.push_back(word);
      }
    }
    return command;
  }

  /// The name of the program, what ran it, its flag for the lock; and the counters that
  /// iptables-save -c puts in front.
  static bool before_command(const std::string& word) {
    static constexpr std::array<std::string_view, 5> names{"iptables", "iptables-legacy",
                                                           "iptables-nft", "sudo", "-w"};
    return std::ranges::find(names, word) != names.end() || word.starts_with('[') ||
           word.starts_with("ip6tables");
  }

  static bool names_ip6tables(const Words& words) {
    const auto name = std::ranges::find_if(words, [](const auto& word) { return word != "sudo"; });
    return name != words.end() && name->starts_with("ip6tables");
  }

  /// ":FORWARD DROP [0:0]", ":mine - [0:0]".
  void declare(const Words& words) {
    const std::string name = words.front().substr(1);
    model::Table& own = table(model::RuleFamily::ip, table_in_file_);
    chain(own, name);
    if (words.size() > 1 && words[1] != "-") set_policy(own, name, words[1]);
  }

  void execute(const Command& command) {
    if (command.words.empty()) return;
    const std::string& verb = command.words.front();
    const std::string name = command.words.size() > 1 ? command.words[1] : std::string();
    const auto rest =
        std::span(command.words).subspan(std::min<std::size_t>(2, command.words.size()));
    model::Table& own = table(command.family, command.table);
    if (verb == "-A" || verb == "--append") return append(own, name, rest);
    if (verb == "-I" || verb == "--insert") return insert(own, name, rest);
    if (verb == "-N" || verb == "--new-chain") return static_cast<void>(chain(own, name));
    if (verb == "-P" || verb == "--policy")
      return set_policy(own, name, rest.empty() ? "" : rest.front());
    if (verb == "-F" || verb == "--flush") return flush(own, name);
    misunderstood(verb);
  }

  void append(model::Table& own, const std::string& chain_name,
              std::span<const std::string> words) {
    model::Chain& target = chain(own, chain_name);
    if (auto rule = to_rule(own, words)) target.rules.push_back(std::move(*rule));
  }

  /// `-I CHAIN [NUMBER] ...`; the first place is 1.
  void insert(model::Table& own, const std::string& chain_name,
              std::span<const std::string> words) {
    const auto place = words.empty() ? std::nullopt : number(words.front());
    model::Chain& target = chain(own, chain_name);
    auto rule = to_rule(own, words.subspan(place ? 1 : 0));
    if (!rule) return;
    const std::size_t before =
        std::min<std::size_t>(std::max(place.value_or(1), 1u) - 1, target.rules.size());
    target.rules.insert(target.rules.begin() + static_cast<std::ptrdiff_t>(before),
                        std::move(*rule));
  }

  std::optional<model::Rule> to_rule(const model::Table& own, std::span<const std::string> words) {
    const auto is_chain = [&own](std::string_view name) {
      return std::ranges::find(own.chains, name, &model::Chain::name) != own.chains.end();
    };
    auto statements = read_iptables_rule(
        words,
        {.topology = topology_, .legacy = variant_ == Variant::legacy, .is_chain = is_chain});
    if (!statements) {
      misunderstood(statements.error());
      return std::nullopt;
    }
    if (own.family == model::RuleFamily::ip6 && !bring_into_ipv6(*statements, variant_)) {
      misunderstood(std::string(text_));
      return std::nullopt;
    }
    return model::Rule{
        .statements = std::move(*statements), .text = std::string(text_), .line = line_};
  }

  void set_policy(model::Table& own, const std::string& chain_name, std::string_view policy) {
    using Kind = model::VerdictStatement::Kind;
    if (policy != "ACCEPT" && policy != "DROP")
      return misunderstood("policy " + std::string(policy));
    chain(own, chain_name).policy = policy == "DROP" ? Kind::drop : Kind::accept;
  }

  static void flush(model::Table& own, const std::string& chain_name) {
    for (model::Chain& chain : own.chains) {
      if (chain_name.empty() || chain.name == chain_name) chain.rules.clear();
    }
  }

  /// The table, made when it is first spoken of.
  model::Table& table(model::RuleFamily family, const std::string& name) {
    const bool legacy = variant_ == Variant::legacy;
    const auto found = std::ranges::find_if(out_.tables, [&](const model::Table& own) {
      return own.name == name && own.family == family && own.legacy_iptables == legacy;
    });
    if (found != out_.tables.end()) return *found;
    model::Table& made = out_.tables.emplace_back(
        model::Table{.family = family, .name = name, .chains = {}, .legacy_iptables = legacy});
    if (legacy) add_builtin_chains(made);
    return made;
  }

  void add_builtin_chains(model::Table& own) {
    for (const BuiltinChain& builtin : builtin_chains) {
      if (builtin.table == own.name) own.chains.push_back(to_chain(builtin));
    }
  }

  /// The chain, made when it is first spoken of.
  model::Chain& chain(model::Table& own, const std::string& name) {
    const auto found = std::ranges::find(own.chains, name, &model::Chain::name);
    if (found != own.chains.end()) return *found;
    const auto builtin = std::ranges::find_if(builtin_chains, [&](const BuiltinChain& known) {
      return known.table == own.name && known.name == name;
    });
    return own.chains.emplace_back(builtin != builtin_chains.end()
                                       ? to_chain(*builtin)
                                       : model::Chain{.name = name, .rules = {}});
  }

  model::Chain to_chain(const BuiltinChain& builtin) {
    return {.name = std::string(builtin.name),
            .rules = {},
            .base = true,
            .type = builtin.type,
            .hook = builtin.hook,
            .priority = priority_in(variant_, builtin),
            .registered = next_registration_++};
  }

  void misunderstood(std::string what) {
    out_.not_understood.push_back({.what = std::move(what), .line = line_});
  }

  Variant variant_;
  const model::Topology& topology_;
  model::Ruleset& out_;
  std::uint32_t next_registration_;
  std::string table_in_file_ = "filter";  // iptables(8): the default
  std::string_view text_;
  int line_ = 0;
};

}  // namespace

void add_iptables_rules(std::string_view text, int first_line, bool legacy,
                        const model::Topology& topology, model::Ruleset& out) {
  Reader reader(legacy ? Variant::legacy : Variant::nft, topology, out);
  for (const std::string_view line : split(text, '\n'))
    reader.read(line, first_line++);
}

}  // namespace natstep::harness
