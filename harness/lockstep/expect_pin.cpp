// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/expect_pin.h"

#include "harness/lockstep/convert.h"
#include "harness/lockstep/expectations.h"
#include "harness/scenario/scenario_lines.h"
#include "model/conntrack/tuple.h"

#include <algorithm>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

std::optional<netns::CtTuple> tuple_of(const wire::PacketText& text,
                                       const wire::Variables& variables) {
  const auto packet = text.build(variables);
  if (!packet) return std::nullopt;
  const auto tuple = model::tuple_of(packet.value());
  return tuple ? std::optional(to_netns(*tuple)) : std::nullopt;
}

/// The sender's id of a tunnel is in no packet, so the line says it beside the tuple.
void take_key(const ExpectPin& pin, netns::CtTuple& tuple) {
  constexpr std::string_view key = "key ";
  for (const auto& words : pin.words) {
    if (words.starts_with(key))
      tuple.src_id = static_cast<std::uint16_t>(std::stoul(words.substr(key.size())));
  }
}

std::optional<std::string> compare_timeout(const std::string& said,
                                           const netns::CtExpectation& expectation,
                                           double elapsed_seconds) {
  const auto window = timeout_window(static_cast<std::uint32_t>(std::stoul(said)), elapsed_seconds);
  const auto shown = expectation.timeout.value_or(0);
  if (shown >= window.low && shown <= window.high) return std::nullopt;
  return fmt::format("timeout: the script says {}, the expectation has {}", said, shown);
}

std::optional<std::string> word_mismatch(const std::string& words,
                                         const netns::CtExpectation& expectation,
                                         double elapsed_seconds) {
  const auto blank = words.find(' ');
  const auto word = words.substr(0, blank), said = words.substr(blank + 1);
  if (word == "timeout") return compare_timeout(said, expectation, elapsed_seconds);
  if (word == "key") return std::nullopt;  // it is part of the tuple
  const auto shown = word == "helper"   ? expectation.helper
                     : !expectation.nat ? std::string("none")
                                        : std::to_string(expectation.nat->src_id);
  if (shown == said) return std::nullopt;
  return fmt::format("{}: the script says {}, the expectation has {}", word, said, shown);
}

}  // namespace

std::optional<std::string> expect_mismatch(const ExpectPin& pin,
                                           const std::vector<netns::CtExpectation>& expectations,
                                           double elapsed_seconds,
                                           const wire::Variables& variables) {
  auto tuple = tuple_of(pin.tuple, variables);
  if (tuple) take_key(pin, *tuple);
  if (!tuple) return "the tuple cannot be built: a variable is not bound yet";
  const auto found = std::ranges::find(expectations, *tuple, &netns::CtExpectation::tuple);
  if (found == expectations.end()) {
    return pin.absent ? std::nullopt : std::optional<std::string>("there is no such expectation");
  }
  if (pin.absent) return "there is an expectation: " + to_string(*found);
  for (const auto& words : pin.words) {
    if (auto mismatch = word_mismatch(words, *found, elapsed_seconds)) return mismatch;
  }
  return std::nullopt;
}

std::string print_expect_pin(const ExpectPin& pin) {
  auto text = fmt::format("{}expect {}", pin.absent ? "no " : "", print_expected(pin.tuple));
  for (const auto& words : pin.words)
    text += " " + words;
  return text;
}

}  // namespace natstep::harness
