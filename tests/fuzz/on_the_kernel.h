// SPDX-License-Identifier: GPL-2.0-or-later
// For tests that play on the running kernel. They are skipped where it cannot be used.
#pragma once

#include "harness/lockstep/lockstep.h"
#include "model/clause.h"
#include "model/profile.h"
#include "netns/error.h"
#include "netns/kernel_dut.h"

#include <optional>

#include <gtest/gtest.h>

namespace natstep::fuzz::testing {

inline harness::LockstepOptions options_here(std::optional<model::Clause> broken = {}) {
  harness::LockstepOptions options;
  options.profile = model::profile_for_release(netns::running_kernel().release);
  options.broken = broken;
  return options;
}

class OnTheKernel : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      netns::KernelDut{};
    } catch (const netns::EnvironmentError& error) {
      GTEST_SKIP() << error.what();
    }
  }
};

}  // namespace natstep::fuzz::testing
