// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/finding/signature.h"

#include "harness/lockstep/deviation.h"
#include "harness/report/walk_table.h"
#include "model/network_header.h"
#include "model/wire/text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <sstream>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

/// One word of letters, digits, dots and underscores; what counts occurrences ("option#2") goes.
std::string as_word(std::string_view text) {
  std::string word;
  for (const char c : text.substr(0, text.find('#'))) {
    const bool kept = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_';
    if (kept) {
      word += c;
    } else if (!word.empty() && word.back() != '_') {
      word += '_';
    }
  }
  while (word.ends_with('_'))
    word.pop_back();
  return word.empty() ? "-" : word;
}

/// Subjects that end in an address, or in a place: only their beginning tells what differs.
constexpr std::array<std::string_view, 6> beginnings{
    "event for the entry", "timeout of the expectation", "expectation", "entry",
    "pin in line",         "number of entries"};

std::string_view without_place(std::string_view subject) {
  auto end = subject.size();
  for (const std::string_view place : {" on ", " of ", " at "})
    end = std::min(end, subject.find(place));
  return subject.substr(0, end);
}

/// A frame that only one side sent.
std::string whole_frame(const Finding& finding) {
  if (finding.kernel == "nothing") return "frame_missing";
  return finding.model == "nothing" ? "frame_unexpected" : "frame";
}

/// Where the two walks part.
std::string hook_of(const StepRecord& step) {
  for (const WalkRow& row : walk_rows(step))
    if (row.differs) return std::string(model::to_string(row.step->hook));
  return "-";
}

/// What conntrack called the packet, from the words of the walk.
std::string conntrack_of(const StepRecord& step) {
  const auto& walk = step.prediction.walk;
  const auto found = std::ranges::find_if(walk, [](const model::WalkStep& each) {
    return each.actor == model::Actor::conntrack && each.packet == 0;
  });
  if (found == walk.end()) return "-";
  if (found->what.find("reply direction") != std::string::npos &&
      found->what.starts_with("established"))
    return "reply";
  return as_word(std::string_view(found->what).substr(0, found->what.find_first_of(" ,:")));
}

std::string clause_of(const std::optional<model::Clause>& clause) {
  return clause ? std::string(model::info(*clause).id) : "-";
}

std::string first_word(std::string_view text) {
  return as_word(text.substr(0, text.find(' ')));
}

std::optional<Signature> of_divergence(const Outcome& outcome) {
  if (outcome.steps.empty()) return std::nullopt;
  const StepRecord& step = outcome.steps.at(outcome.failed_step);
  if (step.findings.empty()) return std::nullopt;
  const Finding& first = step.findings.front();
  return Signature{.aspect = std::string(to_string(first.aspect)),
                   .field = field_of(first),
                   .hook = hook_of(step),
                   .conntrack = conntrack_of(step),
                   .protocol = step.event ? "event" : protocol_of(step.stimulus),
                   .clause = clause_of(step.clause)};
}

/// A deviation's differences are told as "ipv4.src of frame 0: 10.0.1.2, else 203.0.113.1".
std::optional<Signature> of_deviation(const Outcome& outcome) {
  const auto decides = std::ranges::find_if(outcome.deviations, decides_verdict);
  if (decides != outcome.deviations.end()) {
    const std::string_view difference =
        decides->differences.empty() ? std::string_view("-") : decides->differences.front();
    return Signature{.aspect = "deviation",
                     .field = as_word(without_place(difference.substr(0, difference.find(':')))),
                     .clause = clause_of(decides->clause)};
  }
  if (outcome.shortfalls.empty()) return std::nullopt;
  return Signature{.aspect = "should", .field = first_word(outcome.shortfalls.front().asked)};
}

}  // namespace

std::string field_of(const Finding& finding) {
  const std::string_view subject = finding.subject;
  for (const auto beginning : beginnings)
    if (subject.starts_with(beginning)) return as_word(beginning);
  if (finding.aspect == Aspect::laws) return as_word(subject);
  if (subject.starts_with("byte ")) return "byte";
  const auto field = without_place(subject);
  return field == "frame" ? whole_frame(finding) : as_word(field);
}

std::string protocol_of(wire::ByteView packet) {
  const std::string text = wire::print_packet(packet);
  std::string protocol = first_word(text);
  if (model::is_ipv6(packet) && !protocol.ends_with('6')) protocol += '6';
  const auto quoted = text.find("[ ");
  // Addresses of IPv6 stand in brackets as well, without a blank.
  if (quoted == std::string::npos) return protocol;
  return fmt::format("{}({})", protocol, first_word(std::string_view(text).substr(quoted + 2)));
}

std::optional<Signature> signature_of(const Outcome& outcome) {
  switch (outcome.verdict) {
    case Verdict::diverged:
      return of_divergence(outcome);
    case Verdict::deviation:
      return of_deviation(outcome);
    case Verdict::agreed:
    case Verdict::inconclusive:
    case Verdict::skipped:
    case Verdict::broken:
      break;
  }
  return std::nullopt;
}

std::string to_string(const Signature& signature) {
  return fmt::format("{} {} {} {} {} {}", signature.aspect, signature.field, signature.hook,
                     signature.conntrack, signature.protocol, signature.clause);
}

std::optional<Signature> parse_signature(std::string_view text) {
  std::istringstream words{std::string(text)};
  Signature signature;
  words >> signature.aspect >> signature.field >> signature.hook >> signature.conntrack >>
      signature.protocol >> signature.clause;
  std::string more;
  if (!words || words >> more) return std::nullopt;
  return signature;
}

std::string short_hash(const Signature& signature) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : to_string(signature)) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return fmt::format("{:08x}", static_cast<std::uint32_t>(hash ^ hash >> 32));
}

std::string folder_name(const Signature& signature) {
  constexpr std::size_t longest_field = 60;
  return fmt::format("{}-{}-{}", signature.aspect, signature.field.substr(0, longest_field),
                     short_hash(signature));
}

}  // namespace natstep::harness
