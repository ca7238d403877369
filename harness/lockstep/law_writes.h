// SPDX-License-Identifier: GPL-2.0-or-later
// What rules write into packets by themselves, which is not NAT: laws say nothing of those bytes,
// and go on judging all others.
#pragma once

#include "harness/lockstep/law_packet.h"
#include "model/rules/ruleset.h"

#include <vector>

namespace natstep::harness {

struct RuleWrites {
  std::vector<model::Field> fields{};
  bool tcp_options = false;  // the MSS

  [[nodiscard]] bool none() const { return fields.empty() && !tcp_options; }
  [[nodiscard]] bool has(model::Field field) const;
  /// Either of them: IPv4's and IPv6's.
  [[nodiscard]] bool has(model::Field one, model::Field other) const {
    return has(one) || has(other);
  }
};

/// What some rule of the set may write.
RuleWrites writes_of(const model::Ruleset& rules);

/// The bytes of the packet that rules may write, and the checksums that follow: true where they
/// may.
std::vector<bool> written_bytes(const LawPacket& packet, const RuleWrites& writes);

/// What an entry says of a packet, but for what rules write: that is as it `left`.
model::Tuple with_written(model::Tuple wanted, const model::Tuple& left, const RuleWrites& writes);

}  // namespace natstep::harness
