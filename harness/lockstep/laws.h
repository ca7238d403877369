// SPDX-License-Identifier: GPL-2.0-or-later
// Laws: what must hold of a packet that came in and one that left for it, whatever the model says.
// One function a law.
//
// A law speaks only where it is certain to apply: a packet that is no translation of the stimulus,
// a fragment, a checksum that was bad before, are none of its business.
#pragma once

#include "harness/lockstep/law_writes.h"
#include "model/conntrack/conn.h"
#include "model/model.h"
#include "model/wire/bytes.h"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness {

/// What laws know of a conntrack entry.
struct LawEntry {
  std::array<model::Tuple, 2> tuple;
  std::uint32_t status = 0;
  std::array<std::uint16_t, 2> zone{};  // of each direction
  bool helped = false;                  // a helper may write into its packets

  [[nodiscard]] const model::Tuple& of(model::Direction d) const { return tuple[index(d)]; }
};

/// A packet of an earlier step, and a frame that left in that step.
struct EarlierPacket {
  wire::ByteView sent;
  wire::ByteView left;
};

/// The case that a law judges: one stimulus, and what one side shows.
struct LawCase {
  wire::ByteView sent;
  bool injected = false;   // it came in on a port; else the box itself sent it
  bool forwarded = false;  // the model says: the box passes this packet on
  bool untracked = false;  // and: nobody tracks it, by a rule or for want of one
  bool mapped = true;      // some rule maps packets, so that entries are obeyed
  bool partial = false;    // its checksum was left to a device
  /// The side's own entries: those of before the step, then those of after it.
  std::span<const LawEntry> before;
  std::span<const LawEntry> after;
  std::span<const EarlierPacket> earlier;  // the latest last; looked at for ICMP errors only
  const RuleWrites& writes;
};

/// Why the law is broken, in words; nothing when it holds or does not apply.
using Broken = std::optional<std::string>;
using FrameLaw = Broken (*)(const LawCase& law_case, wire::ByteView frame);
using StepLaw = Broken (*)(const LawCase& law_case);

struct Law {
  std::string_view name;        // "checksums stay valid"
  FrameLaw of_frame = nullptr;  // judges each frame that left
  StepLaw of_step = nullptr;    // or what the step has left behind
};

Broken ip_checksum_valid(const LawCase& law_case, wire::ByteView frame);
Broken l4_checksum_stays_valid(const LawCase& law_case, wire::ByteView frame);
Broken embedded_checksums_stay_valid(const LawCase& law_case, wire::ByteView frame);
Broken embedded_is_what_was_sent(const LawCase& law_case, wire::ByteView frame);
Broken embedded_bytes_come_back(const LawCase& law_case, wire::ByteView frame);
Broken own_error_quotes_what_came(const LawCase& law_case, wire::ByteView frame);
Broken translated_as_the_entry_says(const LawCase& law_case, wire::ByteView frame);
Broken nothing_hidden_is_seen(const LawCase& law_case, wire::ByteView frame);
Broken reply_reaches_who_asked(const LawCase& law_case, wire::ByteView frame);
Broken other_bytes_untouched(const LawCase& law_case, wire::ByteView frame);
Broken no_entry_no_translation(const LawCase& law_case, wire::ByteView frame);
Broken untracked_is_untouched(const LawCase& law_case, wire::ByteView frame);
Broken ttl_down_by_one(const LawCase& law_case, wire::ByteView frame);
Broken tuples_are_unique(const LawCase& law_case);

/// All laws, for a loop over them.
std::span<const Law> laws();
/// Whether the law is broken by the step, or by one of the frames that left.
Broken broken(const Law& law, const LawCase& law_case, std::span<const wire::ByteView> frames);

}  // namespace natstep::harness
