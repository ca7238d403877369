// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/table.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace natstep::harness {
namespace {

using ::testing::ElementsAre;

TEST(Table, AlignsColumnsAndMarksRows) {
  Table table;
  table.row({"field", "model"});
  table.marked({"udp.checksum", "0x0000 absent"});
  table.note(0, "17 other fields equal");
  EXPECT_EQ(table.print(),
            "  field         model\n"
            "* udp.checksum  0x0000 absent\n"
            "  17 other fields equal\n");
}

TEST(Table, WrapsWhatIsTooWide) {
  Table table;
  table.row({"a", std::string(60, 'x'), std::string(60, 'y')});
  std::istringstream lines(table.print());
  std::string line, last;
  while (std::getline(lines, line)) {
    EXPECT_LE(line.size(), report_width);
    last = line;
  }
  EXPECT_THAT(last, ::testing::MatchesRegex(" +x+ +y+"));
}

TEST(Table, BreaksBetweenWordsWhereThereAreAny) {
  EXPECT_THAT(wrapped("one two three", 8), ElementsAre("one two", "three"));
  EXPECT_THAT(wrapped("unbreakable", 4), ElementsAre("unbr", "eaka", "ble"));
  EXPECT_THAT(wrapped("", 4), ElementsAre(""));
}

TEST(Table, LabelsParagraphs) {
  EXPECT_EQ(labelled("kernel", "drops", 8), "  kernel  drops\n");
}

}  // namespace
}  // namespace natstep::harness
