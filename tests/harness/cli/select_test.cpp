// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/select.h"

#include "harness/cli/exit_code.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace natstep::harness {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class Select : public ::testing::Test {
 protected:
  Select() {
    std::string pattern = fs::temp_directory_path() / "natstep_select_XXXXXX";
    root_ = ::mkdtemp(pattern.data());
    add("corpus/dnat/b.nat");
    add("corpus/dnat/a.nat");
    add("corpus/dnat/deep/c.nat");
    add("corpus/snat/d.nat");
    add("corpus/.hidden/x.nat");
    add("corpus/README.md");
    fs::create_directories(root_ / "empty");
  }
  ~Select() override { fs::remove_all(root_); }

  void add(const std::string& path) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << "# nothing\n";
  }
  [[nodiscard]] std::string in(const std::string& path) const { return root_ / path; }

  static std::vector<std::string> names(const std::vector<ScenarioFile>& files) {
    std::vector<std::string> names;
    for (const ScenarioFile& file : files)
      names.push_back(file.area + "/" + fs::path(file.path).stem().native());
    return names;
  }

  fs::path root_;
};

TEST_F(Select, FoldersGiveAllThatIsBelowInOrder) {
  EXPECT_THAT(names(select_scenarios({in("corpus")}, "")),
              ElementsAre("dnat/a", "dnat/b", "dnat/c", "snat/d"));
}

TEST_F(Select, EachOnceHoweverOftenNamed) {
  EXPECT_THAT(
      names(select_scenarios(
          {in("corpus/dnat/a.nat"), in("corpus/dnat"), in("corpus/snat/../dnat/a.nat")}, "")),
      ElementsAre("dnat/a", "dnat/b", "dnat/c"));
}

TEST_F(Select, TheFilterIsSearchedInThePath) {
  EXPECT_THAT(names(select_scenarios({in("corpus")}, "snat|/a[.]")),
              ElementsAre("dnat/a", "snat/d"));
}

TEST_F(Select, WhatCannotBeSelectedIsTold) {
  const auto selecting = [&](const std::string& path, const std::string& filter = {}) {
    return [=, this] { select_scenarios({in(path)}, filter); };
  };
  EXPECT_THAT(selecting("corpus/dnta"),
              ThrowsMessage<UsageError>(AllOf(HasSubstr("corpus/dnta: no such file"),
                                              HasSubstr("did you mean"), HasSubstr("dnat"))));
  EXPECT_THAT(selecting("empty"), ThrowsMessage<UsageError>(HasSubstr("no .nat files")));
  EXPECT_THAT(selecting("corpus/README.md"),
              ThrowsMessage<UsageError>(HasSubstr("does not end in .nat")));
  EXPECT_THAT(selecting("corpus", "*udp"),
              ThrowsMessage<UsageError>(HasSubstr("not a regular expression")));
  EXPECT_THAT(selecting("corpus", "ipv6"),
              ThrowsMessage<UsageError>(HasSubstr("matches none of 4 scenarios")));
}

TEST(AreaOf, IsTheFolderBelowTheCorpus) {
  EXPECT_EQ(area_of("/x/corpus/dnat/deep/a.nat"), "dnat");
  EXPECT_EQ(area_of("/somewhere/mine/a.nat"), "mine");
  EXPECT_EQ(area_of("/x/corpus/a.nat"), "corpus");
}

}  // namespace
}  // namespace natstep::harness
