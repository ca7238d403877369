// SPDX-License-Identifier: GPL-2.0-or-later
// The sections of a campaign's page.
#pragma once

#include "harness/campaign/campaign_state.h"

#include <string>
#include <vector>

namespace natstep::harness {

/// By signature, each with its scenario, its report with the bytes, and how to show it again.
std::string findings_html(const std::vector<StoredFinding>& findings);
/// What guests' kernels and natstep itself died of; nothing when all lived.
std::string crashes_html(const std::vector<StoredCrash>& crashes);
/// Area by area, and the clauses that were never reached.
std::string clauses_html(const CampaignInfo& info);
/// File by file, with the functions that were not reached; says why when the kernel tells nothing.
std::string kernel_html(const KernelCoverage& coverage);
/// What the model gave up at.
std::string inconclusive_html(const CampaignInfo& info);

}  // namespace natstep::harness
