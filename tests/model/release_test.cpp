// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/release.h"

#include <gtest/gtest.h>

namespace natstep::model {
namespace {

TEST(Release, IsReadFromUname) {
  EXPECT_EQ(parse_release("6.12.117+deb12-amd64"), (Release{6, 12, 117}));
  EXPECT_EQ(parse_release("7.3-rc4"), (Release{7, 3, 0}));
  EXPECT_EQ(parse_release("5.10"), (Release{5, 10, 0}));
  EXPECT_EQ(parse_release(""), (Release{}));
}

TEST(Release, IsOrderedByItsNumbers) {
  EXPECT_LT(parse_release("5.10.262"), parse_release("6.1"));
  EXPECT_LT(parse_release("6.2"), parse_release("6.12"));
  EXPECT_LT(parse_release("6.12.107"), parse_release("6.12.117"));
}

TEST(VersionsOfAFeature, BeginAndEnd) {
  EXPECT_FALSE(since(6, 3).hold_in({6, 2, 99}));
  EXPECT_TRUE(since(6, 3).hold_in({6, 3, 0}));
  EXPECT_TRUE(before(7, 2).hold_in({7, 1, 9}));
  EXPECT_FALSE(before(7, 2).hold_in({7, 2, 0}));
}

TEST(VersionsOfAFeature, KnowWhatStableSeriesGot) {
  constexpr Versions versions = in_series(6, 12, 117) | since(7, 3);
  EXPECT_FALSE(versions.hold_in({6, 12, 116}));
  EXPECT_TRUE(versions.hold_in({6, 12, 117}));
  EXPECT_FALSE(versions.hold_in({6, 13, 0}));
  EXPECT_FALSE(versions.hold_in({7, 2, 13}));
  EXPECT_TRUE(versions.hold_in({7, 3, 0}));
}

TEST(VersionsOfAFeature, InWords) {
  EXPECT_EQ(to_string(since(6, 3)), "since 6.3");
  EXPECT_EQ(to_string(before(7, 2)), "before 7.2");
  EXPECT_EQ(to_string(in_series(6, 12, 117) | since(7, 3)),
            "since 6.12.117 within its series, and since 7.3");
}

}  // namespace
}  // namespace natstep::model
