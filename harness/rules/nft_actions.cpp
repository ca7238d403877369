// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/rules/nft_actions.h"

#include "harness/rules/nft_names.h"
#include "harness/rules/nft_text.h"
#include "harness/rules/rule_values.h"

#include <map>
#include <string_view>
#include <utility>

namespace natstep::harness {
namespace {

using model::Field;
using nlohmann::json;
using MaybeStatement = std::optional<model::Statement>;

tl::unexpected<std::string> not_understood(const std::string& name, const json& value) {
  return tl::unexpected(nft_statement_text(json{{name, value}}));
}

// ---- marks

/// mark := (other & keep) ^ flip: every chain of and, or, xor with constants is one of these.
/// `source` is the expression whose value is `other`; none for a constant.
struct MarkFunction {
  std::uint32_t keep = 0;
  std::uint32_t flip = 0;
  std::optional<std::string> source{};
};

std::optional<MarkFunction> apply(const std::string& op, MarkFunction f, std::uint32_t operand) {
  if (op == "&") return MarkFunction{f.keep & operand, f.flip & operand, f.source};
  if (op == "^") return MarkFunction{f.keep, f.flip ^ operand, f.source};
  if (op == "|") return MarkFunction{f.keep & ~operand, (f.flip & ~operand) | operand, f.source};
  return std::nullopt;
}

std::optional<MarkFunction> mark_function(const json& value) {
  if (value.is_number_unsigned())
    return MarkFunction{.keep = 0, .flip = value.get<std::uint32_t>()};
  if (!value.is_object() || value.size() != 1) return std::nullopt;
  const std::string text = nft_expression_text(value);
  if (text == "meta mark" || text == "ct mark")
    return MarkFunction{.keep = 0xffffffff, .flip = 0, .source = text};
  const json& operands = value.begin().value();
  if (!operands.is_array() || operands.size() != 2 || !operands.at(1).is_number_unsigned())
    return std::nullopt;
  auto inner = mark_function(operands.at(0));
  return inner ? apply(value.begin().key(), std::move(*inner), operands.at(1).get<std::uint32_t>())
               : std::nullopt;
}

MaybeStatement read_mark(const std::string& key, const json& value) {
  const auto function = mark_function(value);
  if (!function) return std::nullopt;
  const bool packet = key == "meta mark";
  if (function->source && *function->source != key) {
    return model::CopyMarkStatement{.from = packet ? model::MarkOf::entry : model::MarkOf::packet,
                                    .to = packet ? model::MarkOf::packet : model::MarkOf::entry,
                                    .copied = function->keep,
                                    .flipped = function->flip};
  }
  if (packet) return model::SetMarkStatement{.value = function->flip, .mask = ~function->keep};
  return model::SetCtMarkStatement{.value = function->flip, .mask = ~function->keep};
}

// ---- the entry

MaybeStatement read_zone(const json& key, const json& value) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > 0xffff) return std::nullopt;
  const std::string direction = key.at("ct").value("dir", "");
  const auto directions = direction == "original" ? model::ZoneDirections::original
                          : direction == "reply"  ? model::ZoneDirections::reply
                                                  : model::ZoneDirections::both;
  return model::ZoneStatement{.zone = {value.get<std::uint16_t>(), directions}};
}

/// A label is the number of a bit.
MaybeStatement read_label(const json& value) {
  constexpr std::size_t most = 128;
  if (!value.is_number_unsigned() || value.get<std::size_t>() >= most) return std::nullopt;
  model::LabelStatement statement;
  const auto bit = value.get<std::size_t>();
  statement.labels[bit / 8] = static_cast<std::uint8_t>(1u << (bit % 8));
  return statement;
}

// ---- the packet

MaybeStatement read_maxseg(const json& value) {
  if (value.is_number_unsigned() && value.get<std::uint64_t>() <= 0xffff)
    return model::MaxSegStatement{.size = value.get<std::uint16_t>()};
  if (nft_expression_text(value) != "rt mtu") return std::nullopt;
  return model::MaxSegStatement{.size = std::nullopt};
}

bool can_be_written(Field field) {
  static constexpr std::array writable{
      Field::ip_ttl,       Field::ip_dscp,   Field::ip_id,         Field::ip_saddr,
      Field::ip_daddr,     Field::udp_sport, Field::udp_dport,     Field::udp_checksum,
      Field::tcp_sport,    Field::tcp_dport, Field::tcp_window,    Field::tcp_sequence,
      Field::ip6_hoplimit, Field::ip6_dscp,  Field::ip6_flowlabel, Field::ip6_saddr,
      Field::ip6_daddr};
  return std::ranges::find(writable, field) != writable.end();
}

MaybeStatement read_write(const std::string& key, const json& value) {
  const auto field = find_nft_field(key);
  if (!field || !can_be_written(field->field)) return std::nullopt;
  if (value.is_number_unsigned())
    return model::WriteFieldStatement{.field = field->field,
                                      .value = model::value_of(value.get<std::uint64_t>())};
  if (!value.is_string()) return std::nullopt;
  const auto word = value.get<std::string>();
  if (field->type == NftType::address) {
    const auto address = wire::Address::parse(word);
    if (!address) return std::nullopt;
    return model::WriteFieldStatement{.field = field->field, .value = model::value_of(*address)};
  }
  const auto number = nft_value(field->type, word);
  if (!number) return std::nullopt;
  return model::WriteFieldStatement{.field = field->field, .value = model::value_of(*number)};
}

MaybeStatement read_set(const json& key, const json& value) {
  const std::string name = nft_expression_text(key);
  if (name == "meta mark" || name == "ct mark") return read_mark(name, value);
  if (name.starts_with("ct ") && name.ends_with("zone")) return read_zone(key, value);
  if (name == "ct label") return read_label(value);
  if (name == "tcp option maxseg size") return read_maxseg(value);
  return read_write(name, value);
}

// ---- reject

/// Codes of destination unreachable by the names of `reject with icmp`, `icmpv6` and `icmpx`.
using RejectCodes = std::map<std::string_view, model::RejectStatement>;

const RejectCodes& reject_codes(std::string_view type) {
  static const RejectCodes icmp{
      {"net-unreachable", {.code = 0}},  {"host-unreachable", {.code = 1}},
      {"prot-unreachable", {.code = 2}}, {"port-unreachable", {.code = 3}},
      {"net-prohibited", {.code = 9}},   {"host-prohibited", {.code = 10}},
      {"admin-prohibited", {.code = 13}}};
  static const RejectCodes icmpv6{
      {"no-route", {.ipv6_code = 0}},         {"admin-prohibited", {.ipv6_code = 1}},
      {"addr-unreachable", {.ipv6_code = 3}}, {"port-unreachable", {.ipv6_code = 4}},
      {"policy-fail", {.ipv6_code = 5}},      {"reject-route", {.ipv6_code = 6}}};
  static const RejectCodes icmpx{{"no-route", {.code = 0, .ipv6_code = 0}},
                                 {"port-unreachable", {.code = 3, .ipv6_code = 4}},
                                 {"host-unreachable", {.code = 1, .ipv6_code = 3}},
                                 {"admin-prohibited", {.code = 13, .ipv6_code = 1}}};
  if (type == "icmpx") return icmpx;
  return type == "icmpv6" ? icmpv6 : icmp;
}

std::optional<model::RejectStatement> reject_statement(const json& reject) {
  if (!reject.is_object()) return model::RejectStatement{};
  const std::string type = reject.value("type", "icmp");
  if (type != "icmp" && type != "icmpv6" && type != "icmpx") return std::nullopt;
  const auto found = reject_codes(type).find(reject.value("expr", "port-unreachable"));
  return found == reject_codes(type).end() ? std::nullopt : std::optional(found->second);
}

// ---- meters

constexpr std::uint64_t nanoseconds = 1'000'000'000;

std::optional<std::uint64_t> seconds_of(const std::string& unit) {
  static const std::map<std::string_view, std::uint64_t> units{
      {"second", 1}, {"minute", 60}, {"hour", 3600}, {"day", 86400}, {"week", 604800}};
  const auto found = units.find(unit);
  return found == units.end() ? std::nullopt : std::optional(found->second);
}

/// Limits of packets; those of bytes have another arithmetic.
MaybeStatement read_limit(const json& limit, std::uint32_t meter) {
  constexpr std::uint64_t default_burst = 5;
  const auto unit = seconds_of(limit.value("per", ""));
  const auto rate = limit.value("rate", std::uint64_t{0});
  if (!unit || rate == 0 || limit.contains("rate_unit")) return std::nullopt;
  const std::uint64_t cost = *unit * nanoseconds / rate;
  return model::LimitStatement{.meter = meter,
                               .cost = cost,
                               .capacity = cost * limit.value("burst", default_burst),
                               .over = limit.value("inv", false)};
}

MaybeStatement read_quota(const json& quota, std::uint32_t meter) {
  static const std::map<std::string_view, std::uint64_t> units{
      {"bytes", 1}, {"kbytes", 1024}, {"mbytes", 1024 * 1024}};
  const auto unit = units.find(quota.value("val_unit", "bytes"));
  if (unit == units.end() || quota.contains("used")) return std::nullopt;
  return model::QuotaStatement{.meter = meter,
                               .bytes = quota.value("val", std::uint64_t{0}) * unit->second,
                               .over = quota.value("inv", false)};
}

}  // namespace

Understood<MaybeStatement> read_mangle(const json& mangle) {
  const json& key = mangle.at("key");
  if (nft_expression_text(key) == "meta nftrace") return MaybeStatement{};
  auto statement = read_set(key, mangle.at("value"));
  return statement ? Understood<MaybeStatement>(std::move(statement))
                   : not_understood("mangle", mangle);
}

Understood<model::Statement> read_reject(const json& reject) {
  if (reject.is_object() && reject.value("type", "") == "tcp reset")
    return model::RejectStatement{.with = model::RejectStatement::With::tcp_reset};
  const auto statement = reject_statement(reject);
  if (!statement) return not_understood("reject", reject);
  return *statement;
}

Understood<model::Statement> read_meter(const std::string& name, const json& value,
                                        std::uint32_t meter) {
  MaybeStatement statement;
  if (value.is_object())
    statement = name == "limit" ? read_limit(value, meter) : read_quota(value, meter);
  return statement ? Understood<model::Statement>(std::move(*statement))
                   : not_understood(name, value);
}

Understood<MaybeStatement> read_generator(const json& expression, std::uint32_t meter) {
  if (!expression.is_object() || !expression.contains("numgen")) return MaybeStatement{};
  const json& numgen = expression.at("numgen");
  const auto modulus = numgen.value("mod", std::uint32_t{0});
  if (numgen.value("mode", "") != "inc" || modulus == 0)
    return tl::unexpected(nft_expression_text(expression));
  return MaybeStatement{model::GenerateStatement{.meter = meter,
                                                 .modulus = modulus,
                                                 .initial = modulus - 1,
                                                 .offset = numgen.value("offset", 0u)}};
}

}  // namespace natstep::harness
