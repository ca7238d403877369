// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/summary.h"
#include "harness/report/verdict_words.h"

#include <iterator>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

/// '#' begins a directive in KTAP, so that a path or reason must not contain one; nor a line break.
std::string plain(std::string text) {
  for (char& c : text)
    if (c == '#' || c == '\n') c = ' ';
  return text;
}

std::string test_line(std::size_t number, const Result& result) {
  const std::string path = plain(result.path), reason = plain(result.reason);
  switch (result.verdict) {
    case Verdict::agreed:
      return fmt::format("ok {} {}\n", number, path);
    case Verdict::deviation:
      return fmt::format("ok {} {} # XFAIL known deviation: {}\n", number, path, reason);
    case Verdict::diverged:
      return fmt::format("not ok {} {}\n", number, path);
    case Verdict::broken:
      return fmt::format("not ok {} {} # ERROR {}\n", number, path, reason);
    // Neither passed nor failed: nothing was shown.
    case Verdict::inconclusive:
      return fmt::format("ok {} {} # SKIP inconclusive: {}\n", number, path, reason);
    case Verdict::skipped:
      return fmt::format("ok {} {} # SKIP {}\n", number, path, reason);
  }
  return {};
}

void add_diagnostic(std::string_view text, std::string& out) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    fmt::format_to(std::back_inserter(out), "# {}\n", text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
}

}  // namespace

std::string format_ktap(const Summary& summary) {
  std::string out =
      fmt::format("KTAP version 1\n1..{}\n", summary.results.size() + summary.not_parsed.size());
  fmt::format_to(std::back_inserter(out), "# {}  profile {}  natstep {}\n", summary.kernel,
                 summary.profile, summary.version);
  std::size_t number = 0;
  for (const Result& result : summary.results) {
    if (result.verdict == Verdict::diverged) add_diagnostic(result.report, out);
    out += test_line(++number, result);
  }
  for (const std::string& diagnostic : summary.not_parsed) {
    add_diagnostic(diagnostic, out);
    fmt::format_to(std::back_inserter(out), "not ok {} {}\n", ++number,
                   plain(diagnostic.substr(0, diagnostic.find(' '))));
  }
  if (summary.interrupted)
    add_diagnostic(fmt::format("interrupted, {} not run", counted(summary.not_run, "scenario")),
                   out);
  const Tally tally = summary.tally();
  fmt::format_to(
      std::back_inserter(out), "# Totals: pass:{} fail:{} xfail:{} xpass:0 skip:{} error:{}\n",
      tally.of(Verdict::agreed), tally.of(Verdict::diverged), tally.of(Verdict::deviation),
      tally.of(Verdict::inconclusive) + tally.of(Verdict::skipped),
      tally.of(Verdict::broken) + summary.not_parsed.size());
  return out;
}

}  // namespace natstep::harness
