// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/missing.h"

#include <set>
#include <string_view>

#include <gtest/gtest.h>

namespace natstep::model {
namespace {

TEST(WhatIsMissing, HasAnIdOfItsOwnAndSaysEverything) {
  std::set<std::string_view> ids;
  for (const MissingInfo& info : all_missing()) {
    EXPECT_TRUE(ids.insert(info.id).second) << info.id;
    EXPECT_FALSE(info.what.empty() || info.why.empty() || info.kernel.empty()) << info.id;
  }
}

TEST(WhatIsMissing, IsTheReasonForWhichARunEnds) {
  EXPECT_EQ(reason(Missing::ip_option, "7"), "IP option 7");
  EXPECT_EQ(reason(Missing::rule_word, "limit"),
            "the model does not understand `limit` in the rules");
  EXPECT_EQ(reason(Missing::early_drop), "which entry has to go when the table is full");
}

}  // namespace
}  // namespace natstep::model
