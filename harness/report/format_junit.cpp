// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/summary.h"

#include <iterator>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

/// XML 1.0 has no way to write most control characters, nor bytes that are not UTF-8.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += '\n';
        break;
      default:
        out += c >= ' ' && c <= '~' ? c : '?';
    }
  }
  return out;
}

std::string_view element_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::agreed:
    case Verdict::deviation:
      return {};
    case Verdict::diverged:
      return "failure";
    case Verdict::broken:
      return "error";
    case Verdict::inconclusive:
    case Verdict::skipped:
      return "skipped";
  }
  return {};
}

void add_case(const Result& result, std::string& out) {
  fmt::format_to(std::back_inserter(out),
                 "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.6f}\"", escaped(result.area),
                 escaped(result.path), result.seconds);
  const std::string_view element = element_of(result.verdict);
  if (element.empty()) {
    out += "/>\n";
    return;
  }
  fmt::format_to(std::back_inserter(out),
                 ">\n      <{0} message=\"{1}\">{2}</{0}>\n    </testcase>\n", element,
                 escaped(result.reason), escaped(result.report));
}

void add_suite(const Summary& summary, const std::string& area, const Tally& tally,
               std::string& out) {
  fmt::format_to(
      std::back_inserter(out),
      "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">\n",
      escaped(area), tally.total(), tally.of(Verdict::diverged), tally.of(Verdict::broken),
      tally.of(Verdict::inconclusive) + tally.of(Verdict::skipped));
  for (const Result& result : summary.results)
    if (result.area == area) add_case(result, out);
  out += "  </testsuite>\n";
}

void add_not_parsed(const Summary& summary, std::string& out) {
  if (summary.not_parsed.empty()) return;
  const std::size_t number = summary.not_parsed.size();
  fmt::format_to(std::back_inserter(out),
                 "  <testsuite name=\"not parsed\" tests=\"{0}\" errors=\"{0}\">\n", number);
  for (const std::string& diagnostic : summary.not_parsed)
    fmt::format_to(std::back_inserter(out),
                   "    <testcase classname=\"not parsed\" name=\"{}\">\n      <error>{}</error>\n "
                   "   </testcase>\n",
                   escaped(diagnostic.substr(0, diagnostic.find(' '))), escaped(diagnostic));
  out += "  </testsuite>\n";
}

}  // namespace

std::string format_junit(const Summary& summary) {
  const Tally tally = summary.tally();
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  fmt::format_to(std::back_inserter(out),
                 "<testsuites name=\"natstep {} on {}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" "
                 "time=\"{:.3f}\">\n",
                 escaped(summary.version), escaped(summary.kernel),
                 tally.total() + summary.not_parsed.size(), tally.of(Verdict::diverged),
                 tally.of(Verdict::broken) + summary.not_parsed.size(), summary.seconds);
  for (const auto& [area, of_area] : summary.tally_by_area())
    add_suite(summary, area, of_area, out);
  add_not_parsed(summary, out);
  return out + "</testsuites>\n";
}

}  // namespace natstep::harness
