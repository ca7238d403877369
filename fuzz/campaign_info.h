// SPDX-License-Identifier: GPL-2.0-or-later
// What a campaign's page tells beside the moments: the kernel, the profile, how to go on, and which
// clauses were reached.
#pragma once

#include "fuzz/campaign.h"
#include "model/clause.h"

namespace natstep::fuzz {

/// The clauses that earlier starts reached.
model::ClauseSet clauses_reached_before(const std::filesystem::path& out);

/// Writes campaign.json. Throws EnvironmentError.
void keep_info(const CampaignOptions& options, const model::ClauseSet& clauses);

}  // namespace natstep::fuzz
