// SPDX-License-Identifier: GPL-2.0-or-later
// `natstep rfc`: the table of requirements for the kernel at hand, in three forms.
#pragma once

#include "harness/report/summary.h"
#include "harness/rfc/conformance.h"
#include "harness/rfc/requirement.h"

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace natstep::harness {

/// All that a report is made of.
struct RfcReport {
  const std::vector<Rfc>& rfcs;
  const std::vector<Judgement>& judgements;  // in the order of `rfcs`
  const Summary& summary;                    // of the run
};

inline constexpr std::size_t conformity_count = 5;
/// How many requirements came to which conformity; index with static_cast<std::size_t>.
std::array<std::size_t, conformity_count> conformity_tally(
    const std::vector<Judgement>& judgements);
/// Those of one RFC, in its order.
std::vector<const Judgement*> judgements_of(const RfcReport& report, unsigned rfc);

std::string rfc_text(const RfcReport& report);
std::string rfc_json(const RfcReport& report);
/// One page that needs nothing beside it.
std::string rfc_html(const RfcReport& report);

}  // namespace natstep::harness
