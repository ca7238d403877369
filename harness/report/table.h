// SPDX-License-Identifier: GPL-2.0-or-later
// Aligned text for reports: tables whose cells wrap, and paragraphs with a label, never wider than
// a line may be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness {

inline constexpr std::size_t report_width = 100;  // columns

/// A table. Every line begins with a mark of two columns ("* " or blanks); columns are parted by
/// two blanks. Where the whole does not fit the line, the widest columns are narrowed and their
/// cells wrap.
class Table {
 public:
  void row(std::vector<std::string> cells) {
    rows_.push_back({.mark = "  ", .cells = std::move(cells)});
  }
  void marked(std::vector<std::string> cells) {
    rows_.push_back({.mark = "* ", .cells = std::move(cells)});
  }
  /// A line of its own across all columns, indented by `indent`.
  void note(std::size_t indent, std::string text);

  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] std::string print() const;

 private:
  struct Row {
    std::string_view mark;
    std::vector<std::string> cells;
    bool is_note = false;
    std::size_t indent = 0;
  };
  [[nodiscard]] std::vector<std::size_t> widths() const;
  static void print_note(const Row& row, std::string& out);
  static void print_row(const Row& row, const std::vector<std::size_t>& widths, std::string& out);

  std::vector<Row> rows_;
};

/// "  label     text", the text wrapped and aligned behind the label's column of `label_width`.
std::string labelled(std::string_view label, std::string_view text, std::size_t label_width = 11);

/// Breaks `text` into lines of at most `width` columns, between words where there are any.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

}  // namespace natstep::harness
