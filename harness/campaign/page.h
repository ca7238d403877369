// SPDX-License-Identifier: GPL-2.0-or-later
// What a campaign came to, as one page that needs nothing else: what is read in the morning.
#pragma once

#include "harness/campaign/campaign_state.h"

#include <filesystem>
#include <string>

namespace natstep::harness {

std::string campaign_page(const CampaignState& state);

/// `natstep fuzz --report DIR`: writes DIR/report.html and tells where. When DIR has shards, they
/// are gathered before (gather.h). Throws UsageError and EnvironmentError.
int report_campaign(const std::filesystem::path& directory);

}  // namespace natstep::harness
