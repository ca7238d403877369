// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/written_entry.h"

#include "harness/lockstep/convert.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace natstep::harness {
namespace {

/// Of "timeout 30" with the name "timeout" 30; nothing of other words.
std::optional<std::uint32_t> number_of(std::string_view word, std::string_view name) {
  if (!word.starts_with(name) || word.size() <= name.size() + 1) return std::nullopt;
  const std::string_view digits = word.substr(name.size() + 1);
  std::uint32_t value = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return failed == std::errc() ? std::optional(value) : std::nullopt;
}

std::uint32_t status_of(std::string_view word) {
  if (word == "assured") return model::status::assured;
  if (word == "replied") return model::status::seen_reply;
  if (word == "fixed-timeout") return model::status::fixed_timeout;
  return 0;
}

std::optional<std::uint8_t> tcp_state_of(std::string_view word) {
  constexpr std::uint8_t last = static_cast<std::uint8_t>(model::TcpState::syn_sent2);
  for (std::uint8_t state = 0; state <= last; ++state)
    if (tcp_state_word(state) == word) return state;
  return std::nullopt;
}

netns::EntryValues values_of(const CtPin& entry) {
  netns::EntryValues values;
  for (const std::string& word : entry.words) {
    if (const auto timeout = number_of(word, "timeout")) values.timeout = timeout;
    if (const auto mark = number_of(word, "mark")) values.mark = mark;
    if (const auto state = tcp_state_of(word)) values.tcp_state = state;
    values.status |= status_of(word);
  }
  return values;
}

std::uint16_t zone_of(const CtPin& entry) {
  std::uint32_t zone = 0;
  for (const std::string& word : entry.words)
    zone = number_of(word, "zone").value_or(zone);
  return static_cast<std::uint16_t>(zone);
}

std::optional<netns::NatTarget> to_netns(const std::optional<WrittenMapping>& mapping) {
  if (!mapping) return std::nullopt;
  return netns::NatTarget{.address = mapping->address, .port = mapping->port};
}

std::optional<model::NatRange> to_model(const std::optional<netns::NatTarget>& target) {
  if (!target) return std::nullopt;
  model::NatRange range;
  range.min_address = range.max_address = target->address;
  range.min_port = range.max_port = target->port;
  return range;
}

model::EntryValues to_model(const netns::EntryValues& values) {
  model::EntryValues out{
      .timeout = values.timeout, .status = values.status, .mark = values.mark, .tcp_state = {}};
  if (values.tcp_state) out.tcp_state = static_cast<model::TcpState>(*values.tcp_state);
  return out;
}

}  // namespace

netns::Event to_netns(const WriteEntryEvent& written, const netns::CtTuple& original,
                      const netns::CtTuple& reply) {
  const std::uint16_t zone = zone_of(written.entry);
  if (written.kind == WriteEntryEvent::Kind::update)
    return netns::EntryUpdate{.tuple = original, .zone = zone, .values = values_of(written.entry)};
  return netns::EntryCreation{.original = original,
                              .reply = reply,
                              .zone = zone,
                              .values = values_of(written.entry),
                              .source = to_netns(written.source),
                              .destination = to_netns(written.destination)};
}

model::EntryCreated to_model(const netns::EntryCreation& creation) {
  return {.original = to_model(creation.original),
          .reply = to_model(creation.reply),
          .zone = creation.zone,
          .values = to_model(creation.values),
          .source = to_model(creation.source),
          .destination = to_model(creation.destination)};
}

model::EntryUpdated to_model(const netns::EntryUpdate& update) {
  return {.tuple = to_model(update.tuple), .zone = update.zone, .values = to_model(update.values)};
}

}  // namespace natstep::harness
