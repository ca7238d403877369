// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/table.h"

#include <algorithm>
#include <numeric>

namespace natstep::harness {
namespace {

constexpr std::size_t mark_width = 2;
constexpr std::size_t gap = 2;
constexpr std::size_t narrowest = 8;

void trim_right(std::string& text) {
  text.erase(text.find_last_not_of(' ') + 1);
}

}  // namespace

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (text.size() > width) {
    auto cut = text.rfind(' ', width);
    if (cut == std::string_view::npos || cut == 0) cut = width;
    lines.emplace_back(text.substr(0, cut));
    text.remove_prefix(cut);
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  }
  if (!text.empty() || lines.empty()) lines.emplace_back(text);
  return lines;
}

std::string labelled(std::string_view label, std::string_view text, std::size_t label_width) {
  std::string out;
  std::string lead = "  " + std::string(label);
  for (const auto& line : wrapped(text, report_width - mark_width - label_width)) {
    lead.resize(mark_width + label_width, ' ');
    out += lead + line;
    trim_right(out);
    out += '\n';
    lead.clear();
  }
  return out;
}

void Table::note(std::size_t indent, std::string text) {
  rows_.push_back({.mark = "  ", .cells = {std::move(text)}, .is_note = true, .indent = indent});
}

std::vector<std::size_t> Table::widths() const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    if (row.is_note) continue;
    widths.resize(std::max(widths.size(), row.cells.size()));
    for (std::size_t i = 0; i < row.cells.size(); ++i)
      widths[i] = std::max(widths[i], row.cells[i].size());
  }
  if (widths.empty()) return widths;
  const auto available = report_width - mark_width - gap * (widths.size() - 1);
  while (std::accumulate(widths.begin(), widths.end(), std::size_t{0}) > available) {
    auto& widest = *std::ranges::max_element(widths);
    if (widest <= narrowest) break;
    --widest;
  }
  return widths;
}

void Table::print_note(const Row& row, std::string& out) {
  for (const auto& line : wrapped(row.cells.front(), report_width - mark_width - row.indent)) {
    out += std::string(mark_width + row.indent, ' ') + line + '\n';
  }
}

void Table::print_row(const Row& row, const std::vector<std::size_t>& widths, std::string& out) {
  std::vector<std::vector<std::string>> columns;
  std::size_t height = 1;
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    columns.push_back(wrapped(row.cells[i], std::max<std::size_t>(widths[i], 1)));
    height = std::max(height, columns.back().size());
  }
  for (std::size_t line = 0; line < height; ++line) {
    std::string text(line == 0 ? row.mark : "  ");
    for (std::size_t i = 0; i < columns.size(); ++i) {
      auto cell = line < columns[i].size() ? columns[i][line] : std::string();
      cell.resize(widths[i] + gap, ' ');
      text += cell;
    }
    trim_right(text);
    out += text + '\n';
  }
}

std::string Table::print() const {
  std::string out;
  const auto columns = widths();
  for (const auto& row : rows_)
    row.is_note ? print_note(row, out) : print_row(row, columns, out);
  return out;
}

}  // namespace natstep::harness
