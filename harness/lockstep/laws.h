// SPDX-License-Identifier: GPL-2.0-or-later
// Laws: what must hold of a packet that came in and one that left for it, whatever the model says.
// One function a law.
//
// A law speaks only where it is certain to apply: a packet that is no translation of the stimulus,
// a fragment, a checksum that was bad before, are none of its business.
#pragma once

#include "model/conn.h"
#include "model/model.h"
#include "model/wire/bytes.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness {

/// What laws know of a conntrack entry.
struct LawEntry {
  std::array<model::Tuple, 2> tuple;
  std::uint32_t status = 0;
  bool helped = false;  // a helper may write into its packets

  [[nodiscard]] const model::Tuple& of(model::Direction d) const { return tuple[index(d)]; }
};

/// The case that a law judges: one stimulus and the frames of one side.
struct LawCase {
  wire::ByteView sent;
  bool injected = false;   // it came in on a port; else the box itself sent it
  bool forwarded = false;  // the model says: the box passes this packet on
  const std::vector<LawEntry>&
      entries;                 // the side's own, of before the step and, last, of after it
  bool rules_untrack = false;  // some rule takes packets out of tracking
};

/// Why the law is broken by the frame, in words; nothing when it holds or does not apply.
using LawFunction = std::optional<std::string> (*)(const LawCase& law_case, wire::ByteView frame);

struct Law {
  std::string_view name;  // "checksums stay valid"
  LawFunction broken_by;
};

std::optional<std::string> ip_checksum_valid(const LawCase& law_case, wire::ByteView frame);
std::optional<std::string> l4_checksum_stays_valid(const LawCase& law_case, wire::ByteView frame);
std::optional<std::string> embedded_checksums_stay_valid(const LawCase& law_case,
                                                         wire::ByteView frame);
std::optional<std::string> embedded_is_what_was_sent(const LawCase& law_case, wire::ByteView frame);
std::optional<std::string> translated_as_the_entry_says(const LawCase& law_case,
                                                        wire::ByteView frame);
std::optional<std::string> no_address_leaks(const LawCase& law_case, wire::ByteView frame);
std::optional<std::string> other_bytes_untouched(const LawCase& law_case, wire::ByteView frame);
std::optional<std::string> no_entry_no_translation(const LawCase& law_case, wire::ByteView frame);
std::optional<std::string> ttl_down_by_one(const LawCase& law_case, wire::ByteView frame);

/// All laws, for a loop over them.
const std::array<Law, 9>& laws();

}  // namespace natstep::harness
