// SPDX-License-Identifier: GPL-2.0-or-later
// The matrix as text, as JSON and as one page of HTML.
#include "harness/fleet/changelog.h"
#include "harness/fleet/matrix.h"
#include "harness/report/html.h"
#include "harness/report/verdict_words.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace natstep::harness {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view legend =
    "= agreed   d deviation, cited   X diverged   ! broken   - not supported   . not run\n";

bool same_everywhere(const MatrixRow& row) {
  return std::ranges::adjacent_find(row.cells, std::not_equal_to<>()) == row.cells.end();
}

std::map<std::string, std::vector<const MatrixRow*>> by_area(const Matrix& matrix) {
  std::map<std::string, std::vector<const MatrixRow*>> areas;
  for (const MatrixRow& row : matrix.rows)
    areas[row.area].push_back(&row);
  return areas;
}

/// "12=3d1X": how many came to what.
std::string counts_of(const std::vector<const MatrixRow*>& rows, std::size_t column) {
  std::map<char, std::size_t> counts;
  for (const MatrixRow* row : rows)
    ++counts[letter(row->cells[column])];
  std::string text;
  for (const char each : std::string_view("=dX!-."))
    if (counts.contains(each)) text += fmt::format("{}{} ", counts[each], each);
  return text.substr(0, text.size() - 1);
}

class Text {
 public:
  explicit Text(const Matrix& matrix) : matrix_(matrix) {}

  std::string make() {
    add_columns();
    add_areas();
    add_rows();
    add_changes();
    return std::move(out_);
  }

 private:
  template <typename... Args>
  void append(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  void add_columns() {
    for (std::size_t i = 0; i < matrix_.columns.size(); ++i) {
      const MatrixColumn& column = matrix_.columns[i];
      append("{:>3}  {:<20}  {:<11}  {}, {:.0f} s\n", i + 1, column.kernel, column.profile.name,
             counted(column.summary.results.size(), "scenario"), column.summary.seconds);
    }
    append("\n{}\n", legend);
  }

  void add_areas() {
    append("{:<14}", "area");
    for (std::size_t i = 0; i < matrix_.columns.size(); ++i)
      append("  {:<14}", i + 1);
    out_ += '\n';
    for (const auto& [area, rows] : by_area(matrix_)) {
      append("{:<14}", area);
      for (std::size_t i = 0; i < matrix_.columns.size(); ++i)
        append("  {:<14}", counts_of(rows, i));
      while (out_.ends_with(' '))
        out_.pop_back();
      out_ += '\n';
    }
    out_ += '\n';
  }

  /// Those that did not come to the same everywhere; each column is one letter.
  void add_rows() {
    bool any = false, ran = false;
    for (const auto& [area, rows] : by_area(matrix_)) {
      for (const MatrixRow* row : rows) {
        ran = ran || std::ranges::find(row->cells, Cell::not_supported) == row->cells.end();
        if (same_everywhere(*row)) continue;
        any = true;
        for (const Cell cell : row->cells)
          out_ += letter(cell);
        append("  {}{}{}\n", row->path, row->why.empty() ? "" : ": ", row->why);
      }
    }
    if (any)
      out_ += '\n';
    else if (ran)
      out_ += "every scenario came to the same on every kernel\n\n";
  }

  void add_changes() {
    out_ += "Behaviour of Linux NAT, from kernel to kernel\n";
    for (std::size_t i = 0; i + 1 < matrix_.columns.size(); ++i) {
      append("\n{} -> {}\n", matrix_.columns[i].kernel, matrix_.columns[i + 1].kernel);
      out_ += changelog_text(matrix_, i);
    }
  }

  const Matrix& matrix_;
  std::string out_;
};

ordered_json to_json(const Matrix& matrix, const BehaviourChange& change) {
  return {{"older", matrix.columns[change.left].kernel},
          {"newer", matrix.columns[change.left + 1].kernel},
          {"path", change.path},
          {"line", change.difference.line},
          {"claim", change.claim},
          {"sent", change.difference.sent},
          {"older_showed", change.difference.left},
          {"newer_showed", change.difference.right}};
}

ordered_json to_json(const FeatureChange& change) {
  ordered_json shown = ordered_json::array();
  for (const BehaviourChange* each : change.shown)
    shown.push_back(each->path);
  return {{"feature", change.feature->name},
          {"there", change.there},
          {"now", change.feature->sentence(change.there)},
          {"before", change.feature->sentence(!change.there)},
          {"kernel", change.feature->kernel},
          {"shown_by", std::move(shown)}};
}

/// What the features say about each pair.
ordered_json words_to_json(const Matrix& matrix) {
  ordered_json pairs = ordered_json::array();
  for (std::size_t i = 0; i + 1 < matrix.columns.size(); ++i) {
    const Changelog log = changelog_of(matrix, i);
    ordered_json features = ordered_json::array();
    for (const FeatureChange& change : log.features)
      features.push_back(to_json(change));
    ordered_json unexplained = ordered_json::array();
    for (const BehaviourChange* change : log.unexplained)
      unexplained.push_back(change->path);
    pairs.push_back({{"older", matrix.columns[i].kernel},
                     {"newer", matrix.columns[i + 1].kernel},
                     {"features", std::move(features)},
                     {"unexplained", std::move(unexplained)}});
  }
  return pairs;
}

constexpr std::string_view page_head =
    "<!doctype html><meta charset=\"utf-8\"><title>natstep matrix</title><style>"
    "body{font:14px/1.4 sans-serif;max-width:75em;margin:1em auto}"
    "th{position:sticky;top:0;background:#fff}small{color:#666}td,th{padding:2px "
    "6px;text-align:left}"
    ".agreed{background:#dfd}.deviation{background:#ffd}.diverged,.broken{background:#fbb}"
    ".not{background:#eee}pre{margin:0 0 1em 2em}</style>\n";

std::string html_row(const MatrixRow& row) {
  std::string out =
      fmt::format("<tr><td title=\"{}\">{}", escaped_html(row.why), escaped_html(row.path));
  for (const Cell cell : row.cells) {
    const std::string_view word = to_string(cell);
    out += fmt::format("<td class=\"{}\">{}", word, word);
  }
  return out + "\n";
}

/// Scenarios that came to the same everywhere are counted, not listed.
std::string html_area(const Matrix& matrix, const std::string& area,
                      const std::vector<const MatrixRow*>& rows) {
  std::string out = fmt::format("<h2>{}</h2>\n<table><tr><th>scenario", escaped_html(area));
  for (const MatrixColumn& column : matrix.columns)
    out += fmt::format("<th>{}", escaped_html(column.kernel));
  out += "\n";
  std::size_t same = 0;
  for (const MatrixRow* row : rows) {
    if (same_everywhere(*row) && row->cells.front() == Cell::agreed)
      ++same;
    else
      out += html_row(*row);
  }
  out += "</table>\n";
  if (same != 0) out += fmt::format("<p>{} agreed on every kernel.\n", counted(same, "scenario"));
  return out;
}

}  // namespace

std::string matrix_text(const Matrix& matrix) {
  return Text(matrix).make();
}

std::string matrix_json(const Matrix& matrix) {
  ordered_json j{{"kernels", ordered_json::array()},
                 {"scenarios", ordered_json::array()},
                 {"words", words_to_json(matrix)},
                 {"changes", ordered_json::array()}};
  for (const MatrixColumn& column : matrix.columns)
    j["kernels"].push_back({{"name", column.kernel},
                            {"profile", column.profile.name},
                            {"seconds", column.summary.seconds}});
  for (const MatrixRow& row : matrix.rows) {
    ordered_json cells = ordered_json::array();
    for (const Cell cell : row.cells)
      cells.push_back(to_string(cell));
    j["scenarios"].push_back(
        {{"path", row.path}, {"area", row.area}, {"why", row.why}, {"cells", std::move(cells)}});
  }
  for (const BehaviourChange& change : matrix.changes)
    j["changes"].push_back(to_json(matrix, change));
  return j.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string matrix_html(const Matrix& matrix) {
  std::string out(page_head);
  out += "<h1>Linux NAT from kernel to kernel</h1>\n";
  for (std::size_t i = 0; i + 1 < matrix.columns.size(); ++i)
    out += fmt::format("<h2>{} &rarr; {}</h2>\n{}", escaped_html(matrix.columns[i].kernel),
                       escaped_html(matrix.columns[i + 1].kernel), changelog_html(matrix, i));
  out += "<h1>Scenarios</h1>\n";
  for (const auto& [area, rows] : by_area(matrix))
    out += html_area(matrix, area, rows);
  return out;
}

}  // namespace natstep::harness
