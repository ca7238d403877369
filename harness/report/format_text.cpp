// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/exit_code.h"
#include "harness/report/summary.h"
#include "harness/report/verdict_words.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

constexpr std::array columns{Verdict::agreed,       Verdict::deviation, Verdict::diverged,
                             Verdict::inconclusive, Verdict::skipped,   Verdict::broken};

/// The reports of this many diverged scenarios are printed in a summary; the others get one line
/// each.
constexpr std::size_t told_at_length = 5;

/// This many scenarios with the same verdict for the same reason are told as one line each; more
/// become one line together.
constexpr std::size_t told_one_by_one = 3;

class TextSummary {
 public:
  TextSummary(const Summary& summary, const TextOptions& options)
      : summary_(summary), colour_(options.colour ? Colour::on : Colour::off) {}

  void add_table() {
    const auto areas = summary_.tally_by_area();
    std::size_t width = std::string_view("total").size();
    for (const auto& [area, tally] : areas)
      width = std::max(width, area.size());
    append("{:<{}}  scenarios", "area", width);
    for (const Verdict verdict : shown_columns())
      append("  {}", lower_case(verdict));
    out_ += '\n';
    for (const auto& [area, tally] : areas)
      add_row(area, width, tally);
    if (areas.size() > 1) add_row("total", width, summary_.tally());
    out_ += '\n';
  }

  /// One line for what is neither agreed nor told at length.
  void add_remarks() {
    std::map<std::pair<Verdict, std::string>, std::vector<const Result*>> groups;
    std::size_t diverged = 0;
    for (const Result& result : summary_.results) {
      const bool told = result.verdict == Verdict::diverged && ++diverged <= told_at_length;
      if (result.verdict != Verdict::agreed && !told)
        groups[{result.verdict, result.reason}].push_back(&result);
    }
    for (const auto& [what, results] : groups)
      add_group(what.first, what.second, results);
    if (!groups.empty()) out_ += '\n';
  }

  void add_reports(std::span<const Verdict> of, std::size_t most) {
    for (const Result& result : summary_.results)
      if (std::ranges::find(of, result.verdict) != of.end() && most-- > 0)
        append("{}\n", result.report);
  }

  /// The last line, greppable by its first word: the worst verdict of the run.
  void add_totals() {
    append("{}  {}", headline(), counted(summary_.results.size(), "scenario"));
    const Tally tally = summary_.tally();
    for (const Verdict verdict : columns)
      if (tally.of(verdict) > 0 && tally.of(verdict) < tally.total())
        append(", {} {}", tally.of(verdict), lower_case(verdict));
    if (!summary_.not_parsed.empty()) append(", {} not parsed", summary_.not_parsed.size());
    if (summary_.interrupted) append(", {} not run", summary_.not_run);
    append(", {} in {:.2f} s\n", counted(summary_.packets(), "packet"), summary_.seconds);
    append("{}    profile {}    natstep {}\n", summary_.kernel, summary_.profile, summary_.version);
  }

  std::string take() { return std::move(out_); }

 private:
  template <typename... Args>
  void append(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  /// `broken` has a column only when something is broken: it is never part of a healthy run.
  [[nodiscard]] std::vector<Verdict> shown_columns() const {
    std::vector<Verdict> shown(columns.begin(), columns.end());
    if (summary_.tally().of(Verdict::broken) == 0) shown.pop_back();
    return shown;
  }

  void add_row(std::string_view area, std::size_t width, const Tally& tally) {
    append("{:<{}}  {:>9}", area, width, tally.total());
    for (const Verdict verdict : shown_columns()) {
      const std::size_t number = tally.of(verdict);
      const std::string cell = fmt::format("  {:>{}}", number == 0 ? "." : fmt::to_string(number),
                                           lower_case(verdict).size());
      out_ += number == 0 ? cell : painted(verdict, cell, colour_);
    }
    out_ += '\n';
  }

  void add_group(Verdict verdict, const std::string& reason,
                 const std::vector<const Result*>& results) {
    const std::string word = painted(verdict, fmt::format("{:<12}", to_string(verdict)), colour_);
    if (results.size() > told_one_by_one) {
      append("{}  {}: {}\n", word, counted(results.size(), "scenario"), reason);
      return;
    }
    for (const Result* result : results)
      append("{}  {}: {}\n", word, result->path, reason);
  }

  [[nodiscard]] std::string headline() const {
    if (summary_.interrupted) return "INTERRUPTED";
    if (!summary_.not_parsed.empty()) return "NOT PARSED";
    const Tally tally = summary_.tally();
    for (const Verdict verdict : {Verdict::broken, Verdict::diverged, Verdict::inconclusive})
      if (tally.of(verdict) > 0) return painted(verdict, to_string(verdict), colour_);
    if (tally.total() > 0 && tally.of(Verdict::skipped) == tally.total())
      return painted(Verdict::skipped, to_string(Verdict::skipped), colour_);
    return painted(Verdict::agreed, to_string(Verdict::agreed), colour_);
  }

  const Summary& summary_;
  Colour colour_;
  std::string out_;
};

}  // namespace

std::string format_text(const Summary& summary, const TextOptions& options) {
  TextSummary text(summary, options);
  if (options.detail == Detail::run) {
    text.add_reports(columns, summary.results.size());
  } else {
    text.add_table();
    text.add_remarks();
    text.add_reports(std::array{Verdict::diverged}, told_at_length);
  }
  text.add_totals();
  return text.take();
}

}  // namespace natstep::harness
