// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/scenario/suggest.h"

#include <array>
#include <string_view>

#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

constexpr std::array<std::string_view, 5> words{"check", "run", "explain", "pin", "clauses"};

TEST(Suggest, FindsWhatIsOneEditAway) {
  EXPECT_EQ(nearest("chek", words), "check");
  EXPECT_EQ(nearest("checkk", words), "check");
  EXPECT_EQ(nearest("chdck", words), "check");
  EXPECT_EQ(nearest("cehck", words), "check");
}

TEST(Suggest, PrefersTheNearest) {
  EXPECT_EQ(nearest("pun", words), "run");
}

TEST(Suggest, DoesNotGuessWildly) {
  EXPECT_EQ(nearest("masquerade", words), "");
  EXPECT_EQ(nearest("xyz", words), "");
  EXPECT_EQ(did_you_mean("masquerade", words), "");
}

TEST(Suggest, Asks) {
  EXPECT_EQ(did_you_mean("clausse", words), ", did you mean `clauses`?");
}

}  // namespace
}  // namespace natstep::harness
