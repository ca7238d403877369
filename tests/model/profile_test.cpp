// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/profile.h"

#include "model/clause.h"
#include "model/hook_names.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace natstep::model {
namespace {

TEST(Profile, IsChosenByRelease) {
  EXPECT_EQ(profile_for_release("2.6.32").name, "linux-3.x");
  EXPECT_EQ(profile_for_release("3.10.0-1160.el7").name, "linux-3.x");
  EXPECT_EQ(profile_for_release("5.10.0-32-amd64").name, "linux-5.10");
  EXPECT_EQ(profile_for_release("6.1.192").name, "linux-6.1");
  EXPECT_EQ(profile_for_release("6.12.117+deb12").name, "linux-6.12");
  EXPECT_EQ(profile_for_release("6.18.44-foo").name, "linux-6.18");
  EXPECT_EQ(profile_for_release("7.2.13").name, "linux-7.2");
  EXPECT_EQ(profile_for_release("7.3-rc4").name, "linux-7.3");
  EXPECT_EQ(profile_for_release("9.0.0").name, "linux-7.3");
}

TEST(Profile, IsFoundByName) {
  for (const Profile& profile : profiles())
    EXPECT_TRUE(find_profile(profile.name)) << profile.name;
  EXPECT_FALSE(find_profile("linux-6.19"));
  EXPECT_EQ(find_profile("6.12")->name, "linux-6.12");
}

TEST(Profile, HasTheFeaturesOfItsVeryRelease) {
  EXPECT_FALSE(profile_for_release("6.12.107").rst_inexact_awaits_ack);
  EXPECT_TRUE(profile_for_release("6.12.117").rst_inexact_awaits_ack);
  EXPECT_FALSE(profile_for_release("6.18.44").rst_inexact_awaits_ack);
  EXPECT_TRUE(profile_for_release("7.3.4").rst_inexact_awaits_ack);
  EXPECT_TRUE(find_profile("linux-6.12")->dccp_conntrack);
  EXPECT_FALSE(find_profile("linux-6.18")->dccp_conntrack);
  EXPECT_FALSE(find_profile("linux-5.10")->window_ignore_outside);
}

TEST(Profile, IsTodaysUnlessChosen) {
  const Profile today = *find_profile("linux-6.18");
  for (const Feature& feature : features())
    EXPECT_EQ(Profile{}.*feature.member, today.*feature.member) << feature.name;
}

TEST(Features, SayWhatTheyAreAbout) {
  std::set<std::string_view> names;
  for (const Feature& feature : features()) {
    EXPECT_TRUE(names.insert(feature.name).second) << feature.name;
    EXPECT_EQ(find_feature(feature.name), &feature);
    EXPECT_NE(feature.with, feature.without) << feature.name;
    EXPECT_FALSE(feature.basis.empty() || feature.kernel.empty()) << feature.name;
  }
}

TEST(Features, NameClausesThatExist) {
  for (const Feature& feature : features()) {
    std::istringstream words{std::string(feature.clauses)};
    for (std::string id; words >> id;)
      EXPECT_TRUE(find_clause(id)) << feature.name << ": " << id;
  }
}

/// Where a feature comes or goes, there is a release before and one behind that.
TEST(Features, PartSomeReleases) {
  for (const Feature& feature : features()) {
    const ReleaseRange& first = feature.versions.ranges().front();
    if (first.first == Versions::none_yet) continue;  // it hangs on how a kernel was configured
    const bool from_the_beginning = first.first == Versions::first_of_all;
    EXPECT_TRUE(feature.versions.hold_in(first.first)) << feature.name;
    EXPECT_FALSE(feature.versions.hold_in(from_the_beginning ? first.end : Release{}))
        << feature.name;
  }
}

TEST(Profile, NamesTheFunctionsOfItsTime) {
  const Profile today = *find_profile("linux-6.18");
  const Profile before = *find_profile("linux-6.1");
  const Profile book = *find_profile("linux-3.x");
  EXPECT_EQ(hook_function_name(today, Actor::conntrack, Hook::pre_routing), "ipv4_conntrack_in");
  EXPECT_EQ(hook_function_name(today, Actor::conntrack, Hook::local_out), "ipv4_conntrack_local");
  EXPECT_EQ(hook_function_name(today, Actor::nat, Hook::pre_routing), "nf_nat_ipv4_pre_routing");
  EXPECT_EQ(hook_function_name(book, Actor::nat, Hook::pre_routing), "nf_nat_ipv4_in");
  EXPECT_EQ(hook_function_name(book, Actor::nat, Hook::post_routing), "nf_nat_ipv4_out");
  EXPECT_EQ(hook_function_name(book, Actor::nat, Hook::local_in), "nf_nat_ipv4_fn");
  EXPECT_EQ(hook_function_name(today, Actor::confirm, Hook::post_routing), "nf_confirm");
  EXPECT_EQ(hook_function_name(before, Actor::confirm, Hook::post_routing), "ipv4_confirm");
  EXPECT_EQ(hook_function_name(book, Actor::helper, Hook::post_routing), "ipv4_helper");
  EXPECT_EQ(hook_function_name(today, Actor::helper, Hook::post_routing), "nf_confirm, helper");
  EXPECT_EQ(hook_function_name(today, Actor::nat, Hook::forward), "");
}

}  // namespace
}  // namespace natstep::model
