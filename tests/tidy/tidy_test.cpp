// SPDX-License-Identifier: GPL-2.0-or-later
// The style that a formatter cannot see: who may include whom, how long things get, what never
// appears in the source.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace natstep {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_file = 400;
constexpr std::size_t longest_test_file = 600;
constexpr std::size_t longest_function =
    70;  // the soft limit is 40; a table or a switch may need more

struct SourceFile {
  std::string path;  // from the top of the tree
  std::vector<std::string> lines;
};

std::vector<std::string> lines_of(const fs::path& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);)
    lines.push_back(line);
  return lines;
}

std::vector<SourceFile> files(const std::vector<std::string>& folders,
                              const std::set<std::string>& endings) {
  const fs::path root = NATSTEP_SOURCE_DIR;
  std::vector<SourceFile> found;
  for (const std::string& folder : folders) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder))
      if (entry.is_regular_file() && endings.contains(entry.path().extension()))
        found.push_back(
            {.path = fs::relative(entry.path(), root), .lines = lines_of(entry.path())});
  }
  return found;
}

std::vector<SourceFile> product_code() {
  return files({"model", "netns", "harness", "fuzz"}, {".h", ".cpp", ".def"});
}
std::vector<SourceFile> all_code() {
  return files({"model", "netns", "harness", "fuzz", "tests"}, {".h", ".cpp", ".def"});
}

/// The path between the quotes or angle brackets of an #include, with its opening character in
/// front.
std::string included(const std::string& line) {
  static const std::regex include(R"(^\s*#\s*include\s*([<"][^>"]+))");
  std::smatch match;
  return std::regex_search(line, match, include) ? match[1].str() : std::string();
}

bool begins_with_any(std::string_view text, const std::vector<std::string>& beginnings) {
  return std::ranges::any_of(beginnings, [&](const std::string& b) { return text.starts_with(b); });
}

/// What each layer may include from this tree.
const std::vector<std::pair<std::string, std::vector<std::string>>> layers{
    {"model/wire/", {"\"model/wire/"}},
    {"model/", {"\"model/"}},
    {"netns/", {"\"netns/", "\"model/wire/"}},
    {"harness/natstep_main.cpp", {"\"fuzz/", "\"harness/"}},  // the program stands above all layers
    {"harness/", {"\"harness/", "\"netns/", "\"model/"}},
    {"fuzz/", {"\"fuzz/", "\"harness/", "\"netns/", "\"model/"}},
};

TEST(Tidy, LayersIncludeOnlyWhatIsBelowThem) {
  for (const SourceFile& file : product_code()) {
    const auto layer =
        std::ranges::find_if(layers, [&](const auto& l) { return file.path.starts_with(l.first); });
    ASSERT_NE(layer, layers.end()) << file.path;
    for (const std::string& line : file.lines) {
      const std::string what = included(line);
      if (!what.starts_with('"')) continue;
      EXPECT_TRUE(begins_with_any(what, layer->second)) << file.path << ": " << line;
    }
  }
}

TEST(Tidy, TheModelUsesTheStandardLibraryOnly) {
  static const std::regex standard_header("^<[a-z_0-9]+$");
  for (const SourceFile& file : files({"model"}, {".h", ".cpp"})) {
    for (const std::string& line : file.lines) {
      const std::string what = included(line);
      if (!what.starts_with('<')) continue;
      EXPECT_TRUE(std::regex_match(what, standard_header)) << file.path << ": " << line;
    }
  }
}

TEST(Tidy, TheModelIsPure) {
  const std::set<std::string> impure{"<chrono", "<random", "<fstream",    "<iostream",
                                     "<thread", "<ctime",  "<filesystem", "<cstdio"};
  for (const SourceFile& file : files({"model"}, {".h", ".cpp"}))
    for (const std::string& line : file.lines)
      EXPECT_FALSE(impure.contains(included(line))) << file.path << ": " << line;
}

TEST(Tidy, NothingSleeps) {
  static const std::regex sleep(R"(\b(sleep|usleep|nanosleep|sleep_for|sleep_until)\s*\()");
  for (const SourceFile& file : product_code())
    for (const std::string& line : file.lines)
      EXPECT_FALSE(std::regex_search(line, sleep)) << file.path << ": " << line;
}

TEST(Tidy, NothingIsLeftForLater) {
  static const std::regex later(R"(\b(TO)DO\b|\b(FIX)ME\b|\bX{3}\b)");
  for (const SourceFile& file : all_code())
    for (const std::string& line : file.lines)
      EXPECT_FALSE(std::regex_search(line, later)) << file.path << ": " << line;
}

TEST(Tidy, EveryFileNamesItsLicence) {
  for (const SourceFile& file : all_code()) {
    ASSERT_FALSE(file.lines.empty()) << file.path;
    EXPECT_EQ(file.lines.front(), "// SPDX-License-Identifier: GPL-2.0-or-later") << file.path;
  }
}

TEST(Tidy, HeadersAreIncludedOnce) {
  for (const SourceFile& file : files({"model", "netns", "harness", "fuzz", "tests"}, {".h"}))
    EXPECT_NE(std::ranges::find(file.lines, "#pragma once"), file.lines.end()) << file.path;
}

TEST(Tidy, FilesStayShort) {
  for (const SourceFile& file : all_code()) {
    if (file.path.ends_with(".def")) continue;
    const std::size_t most = file.path.starts_with("tests/") ? longest_test_file : longest_file;
    EXPECT_LE(file.lines.size(), most) << file.path;
  }
}

/// A line that ends a function's signature: it has the end of a parameter list, and is no control
/// statement.
bool opens_function(const std::string& line) {
  static const std::regex opening(R"(^ *[A-Za-z_~].*\)( const)?( noexcept)?( override)? \{$)");
  static const std::regex other(
      R"(^ *(if|for|while|switch|else|do|struct|class|enum|namespace|union|return|TEST)\b|\] ?\()");
  return std::regex_match(line, opening) && !std::regex_search(line, other);
}

std::size_t indentation(const std::string& line) {
  return line.find_first_not_of(' ');
}

/// Where the signature that ends in line `i` begins: its other lines are indented further.
std::size_t signature_begin(const std::vector<std::string>& lines, std::size_t i) {
  while (i > 0 && indentation(lines[i]) >= 4)
    --i;
  return i;
}

TEST(Tidy, FunctionsStayShort) {
  for (const SourceFile& file : product_code()) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      if (!opens_function(file.lines[i])) continue;
      const std::size_t begin = signature_begin(file.lines, i);
      const std::string closing = std::string(indentation(file.lines[begin]), ' ') + "}";
      std::size_t end = i + 1;
      while (end < file.lines.size() && !file.lines[end].starts_with(closing))
        ++end;
      EXPECT_LE(end - begin, longest_function)
          << file.path << ":" << begin + 1 << ": " << file.lines[begin];
    }
  }
}

// ---- the table of clauses and the corpus ----

TEST(Tidy, EveryClauseIsUsedByTheModel) {
  std::string code;
  for (const SourceFile& file : files({"model"}, {".h", ".cpp"}))
    for (const std::string& line : file.lines)
      code += line + "\n";
  static const std::regex entry(R"(^CLAUSE\(\s*([a-z0-9_]+))");
  for (const SourceFile& file : files({"model/clauses"}, {".def"})) {
    for (const std::string& line : file.lines) {
      std::smatch match;
      if (!std::regex_search(line, match, entry)) continue;
      EXPECT_TRUE(std::regex_search(code, std::regex("Clause::" + match[1].str() + "\\b")))
          << match[1];
    }
  }
}

/// The other direction, that every reason is listed, the compiler sees to.
TEST(Tidy, WhatIsMissingMakesTheModelGiveUp) {
  std::string code;
  for (const SourceFile& file : files({"model"}, {".cpp"}))
    for (const std::string& line : file.lines)
      code += line + "\n";
  static const std::regex entry(R"(^MISSING\(([a-z0-9_]+),)");
  std::string id;
  for (const std::string& line : lines_of(fs::path(NATSTEP_SOURCE_DIR) / "model/missing.def")) {
    std::smatch match;
    if (std::regex_search(line, match, entry)) id = match[1];
    if (!line.ends_with("by_the_model)")) continue;
    EXPECT_TRUE(std::regex_search(code, std::regex("unspecified\\(\\s*Missing::" + id + "\\b")))
        << id;
  }
}

TEST(Tidy, EveryScenarioGivesItsReasonFirst) {
  for (const SourceFile& file : files({"corpus"}, {".nat"})) {
    ASSERT_FALSE(file.lines.empty()) << file.path;
    EXPECT_TRUE(file.lines.front().starts_with("# ") && file.lines.front().size() > 20)
        << file.path;
  }
}

/// The texts between quotes in the first line from `from` on that begins with `key`.
std::vector<std::string> list_behind(const std::vector<std::string>& lines, std::size_t from,
                                     const std::string& key) {
  static const std::regex quoted(R"re("([^"]*)")re");
  std::vector<std::string> found;
  for (std::size_t i = from + 1; i < lines.size() && !lines[i].starts_with("[["); ++i) {
    if (!lines[i].starts_with(key)) continue;
    for (std::sregex_iterator each(lines[i].begin(), lines[i].end(), quoted), end; each != end;
         ++each)
      found.push_back((*each)[1]);
  }
  return found;
}

TEST(Tidy, KnownBugsHaveReferencesAndScenarios) {
  const fs::path corpus = fs::path(NATSTEP_SOURCE_DIR) / "corpus";
  const auto lines = lines_of(corpus / "bug_classes.toml");
  std::set<std::string> names;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i] != "[[class]]") continue;
    const auto name = list_behind(lines, i, "name = ");
    ASSERT_EQ(name.size(), 1u) << "line " << i + 1;
    EXPECT_TRUE(names.insert(name.front()).second) << name.front();
    EXPECT_EQ(list_behind(lines, i, "bug = ").size(), 1u) << name.front();
    EXPECT_FALSE(list_behind(lines, i, "references = ").empty()) << name.front();
    const auto scenarios = list_behind(lines, i, "scenarios = ");
    EXPECT_FALSE(scenarios.empty()) << name.front();
    for (const auto& scenario : scenarios)
      EXPECT_TRUE(fs::exists(corpus / (scenario + ".nat"))) << name.front() << ": " << scenario;
  }
  EXPECT_GE(names.size(), 30u);
}

/// Artefacts are named after the scenario alone.
TEST(Tidy, NoTwoScenariosHaveTheSameName) {
  std::map<std::string, std::string> seen;
  for (const SourceFile& file : files({"corpus"}, {".nat"})) {
    const auto [first, fresh] = seen.emplace(fs::path(file.path).stem(), file.path);
    EXPECT_TRUE(fresh) << file.path << " and " << first->second;
  }
}

}  // namespace
}  // namespace natstep
