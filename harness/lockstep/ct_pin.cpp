// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/ct_pin.h"

#include "harness/lockstep/convert.h"
#include "harness/report/entry_text.h"
#include "model/conntrack/conn.h"
#include "model/conntrack/tuple.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

constexpr std::uint8_t protocol_icmp = 1;
constexpr std::uint8_t protocol_gre = 47;

std::optional<netns::CtTuple> tuple_of(const wire::PacketText& text,
                                       const wire::Variables& variables) {
  const auto packet = text.build(variables);
  if (!packet) return std::nullopt;
  return tuple_as_written(packet.value());
}

/// An ICMP reply tuple differs from the original in its type as well, which a script need not
/// repeat. The sender's id of a tunnel is in no packet; `reply-key` says it.
bool same_reply(netns::CtTuple said, netns::CtTuple shown) {
  said.zone = shown.zone;
  if (said.protocol == protocol_icmp) said.dst_id = shown.dst_id = 0;
  if (said.protocol == protocol_gre) said.src_id = shown.src_id = 0;
  return said == shown;
}

struct FlagWord {
  std::string_view word;
  std::uint32_t mask;
  std::uint32_t wanted;
};

constexpr std::array<FlagWord, 14> flag_words{{
    {"assured", model::status::assured, model::status::assured},
    {"fixed-timeout", model::status::fixed_timeout, model::status::fixed_timeout},
    {"unassured", model::status::assured, 0},
    {"replied", model::status::seen_reply, model::status::seen_reply},
    {"unreplied", model::status::seen_reply, 0},
    {"confirmed", model::status::confirmed, model::status::confirmed},
    {"src-nat", model::status::src_nat, model::status::src_nat},
    {"no-src-nat", model::status::src_nat, 0},
    {"dst-nat", model::status::dst_nat, model::status::dst_nat},
    {"no-dst-nat", model::status::dst_nat, 0},
    {"no-nat", model::status::nat_mask, 0},
    {"expected", model::status::expected, model::status::expected},
    {"seq-adjust", model::status::seq_adjust, model::status::seq_adjust},
    {"no-seq-adjust", model::status::seq_adjust, 0},
}};

/// "timeout 30" is the word "timeout" with the number 30; "timeout 120+" is satisfied with more.
struct NumberWord {
  std::string_view word;
  std::uint64_t number = 0;
  bool or_more = false;
};

std::optional<NumberWord> number_word(std::string_view text) {
  const auto space = text.find_last_of(" =");
  if (space == std::string_view::npos) return std::nullopt;
  auto digits = text.substr(space + 1);
  NumberWord result{.word = text.substr(0, space), .or_more = digits.ends_with('+')};
  if (result.or_more) digits.remove_suffix(1);
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), result.number);
  if (parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size()) return std::nullopt;
  return result;
}

bool is_zone(std::string_view word) {
  return word == "zone" || word == "zone-orig" || word == "zone-reply";
}

/// `zone N` counts in both directions, the other words name the only one.
std::optional<std::string> compare_zone(const NumberWord& said, const netns::CtEntry& entry) {
  const std::uint64_t original = said.word == "zone-reply" ? 0 : said.number;
  const std::uint64_t reply = said.word == "zone-orig" ? 0 : said.number;
  if (entry.original.zone == original && entry.reply.zone == reply) return std::nullopt;
  return fmt::format(
      "{}: the script says {}, the entry has {} in the original direction and {} in "
      "the reply",
      said.word, said.number, entry.original.zone, entry.reply.zone);
}

/// The entry that a pin is about lies in the zone that it names, and has the key that it names.
void take_zone_and_key(const CtPin& pin, netns::CtTuple& original) {
  for (const auto& word : pin.words) {
    const auto number = number_word(word);
    if (number && is_zone(number->word) && number->word != "zone-reply")
      original.zone = static_cast<std::uint16_t>(number->number);
    if (number && number->word == "key")
      original.src_id = static_cast<std::uint16_t>(number->number);
  }
}

std::optional<std::string> compare_number(const NumberWord& said, const netns::CtEntry& entry,
                                          double elapsed_seconds) {
  const auto mismatch = [&](std::uint64_t shown) {
    return fmt::format("{}: the script says {}{}, the entry has {}", said.word, said.number,
                       said.or_more ? " or more" : "", shown);
  };
  if (said.word == "timeout") {
    const auto window = timeout_window(static_cast<std::uint32_t>(said.number), elapsed_seconds);
    const auto shown = entry.timeout.value_or(0);
    const bool short_enough = said.or_more || shown <= window.high;
    return shown >= window.low && short_enough ? std::nullopt : std::optional(mismatch(shown));
  }
  std::optional<std::uint64_t> shown;
  if (said.word == "key") shown = entry.original.src_id;
  if (said.word == "reply-key") shown = entry.reply.src_id;
  if (said.word == "mark") shown = entry.mark.value_or(0);
  if (is_zone(said.word)) return compare_zone(said, entry);
  if (said.word == "label") {
    const bool set =
        said.number < 128 && (entry.labels[said.number / 8] >> (said.number % 8) & 1) != 0;
    return set ? std::nullopt : std::optional(fmt::format("label {} is not set", said.number));
  }
  if (said.word == "packets" && entry.counters) shown = (*entry.counters)[0].packets;
  if (said.word == "bytes" && entry.counters) shown = (*entry.counters)[0].bytes;
  if (!shown) return fmt::format("the entry shows no {}", said.word);
  return *shown == said.number ? std::nullopt : std::optional(mismatch(*shown));
}

/// The state of a protocol that has one; conntrack-tools and the model write it alike, in capitals.
std::optional<std::string> compare_state(std::string_view said, const netns::CtEntry& entry) {
  const std::string shown = state_word(entry).value_or("no state");
  const bool equal = std::ranges::equal(said, shown, [](char a, char b) {
    return std::toupper(static_cast<unsigned char>(a)) == b || (a == '-' && b == '_');
  });
  if (equal) return std::nullopt;
  return fmt::format("state: the script says {}, the entry has {}", said, shown);
}

/// "helper ftp", or "no-helper".
std::optional<std::string> compare_helper(std::string_view said, const netns::CtEntry& entry) {
  if (said == entry.helper) return std::nullopt;
  return fmt::format("helper: the script says {}, the entry has {}", said.empty() ? "none" : said,
                     entry.helper.empty() ? "none" : entry.helper);
}

std::optional<std::string> word_mismatch(const std::string& word, const netns::CtEntry& entry,
                                         double elapsed_seconds) {
  if (const auto number = number_word(word)) return compare_number(*number, entry, elapsed_seconds);
  constexpr std::string_view helper = "helper ";
  if (word == "no-helper") return compare_helper({}, entry);
  if (word.starts_with(helper)) return compare_helper(word.substr(helper.size()), entry);
  const auto flag = std::ranges::find(flag_words, word, &FlagWord::word);
  if (flag == flag_words.end()) return compare_state(word, entry);
  if ((entry.status & flag->mask) == flag->wanted) return std::nullopt;
  return fmt::format("the script says {}, the entry is {}", word, status_words(entry.status));
}

}  // namespace

std::optional<std::string> ct_mismatch(const CtPin& pin, const std::vector<netns::CtEntry>& entries,
                                       double elapsed_seconds, const wire::Variables& variables) {
  auto original = tuple_of(pin.original, variables);
  if (!original)
    return "the tuple cannot be built: a variable is not bound yet, or the packet has no tuple";
  take_zone_and_key(pin, *original);
  const auto entry = std::ranges::find(entries, *original, &netns::CtEntry::original);
  if (entry == entries.end()) {
    return pin.absent ? std::nullopt : std::optional<std::string>("there is no such entry");
  }
  if (pin.absent) return "there is an entry: " + to_string(*entry);
  if (pin.reply) {
    const auto reply = tuple_of(*pin.reply, variables);
    if (!reply) return "the reply tuple cannot be built: a variable is not bound yet";
    if (!same_reply(*reply, entry->reply)) {
      return fmt::format("reply: the script says {}, the entry has {}", to_string(*reply),
                         to_string(entry->reply));
    }
  }
  for (const auto& word : pin.words) {
    if (auto mismatch = word_mismatch(word, *entry, elapsed_seconds)) return mismatch;
  }
  return std::nullopt;
}

std::string print_ct_pin(const CtPin& pin) {
  auto text = fmt::format("{}ct {}", pin.absent ? "no " : "", pin.original.print());
  if (pin.reply) text += " reply " + pin.reply->print();
  for (const auto& word : pin.words)
    text += " " + word;
  return text;
}

}  // namespace natstep::harness
