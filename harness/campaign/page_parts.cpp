// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/campaign/page_parts.h"

#include "harness/report/html.h"
#include "model/clause.h"

#include <algorithm>
#include <ctime>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace natstep::harness {
namespace {

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string clock_words(std::uint64_t epoch) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(static_cast<std::time_t>(epoch)));
}

std::string bar(std::size_t part, std::size_t whole) {
  const double percent =
      whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
  return fmt::format("<span class=\"bar\"><i style=\"width: {:.0f}%\"></i></span>{} of {}", percent,
                     part, whole);
}

std::string folded(std::string_view summary, std::string_view inside) {
  return fmt::format("<details><summary>{}</summary>{}</details>\n", summary, inside);
}

std::string folded_text(std::string_view summary, const std::string& text) {
  if (text.empty()) return {};
  return folded(summary, fmt::format("<pre>{}</pre>", escaped_html(text)));
}

std::string sentence_of(const std::string& clause) {
  const auto found = model::find_clause(clause);
  if (!found) return {};
  const auto& info = model::info(*found);
  return fmt::format("<p class=\"where\"><code>{}</code> {} <span class=\"soft\">{}</span></p>",
                     escaped_html(info.id), escaped_html(info.sentence), escaped_html(info.kernel));
}

/// What of a report tells most in few lines: both voices in words, and the fields that differ.
std::string gist_of(const std::string& report) {
  constexpr std::size_t most_fields = 6;
  std::istringstream lines(report);
  std::string gist, head;
  std::size_t fields = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("  walk") || line.starts_with("  also")) break;
    if (line.starts_with("  model ") || line.starts_with("  kernel ")) gist += line + "\n";
    if (line.starts_with("  field ")) head = line + "\n";
    if (!line.starts_with("* ")) continue;
    gist += std::exchange(head, {});
    if (++fields <= most_fields) gist += line + "\n";
  }
  if (fields > most_fields) gist += fmt::format("  and {} more fields\n", fields - most_fields);
  return gist;
}

/// A line a finding, so that many can be looked over.
std::string index_of(const std::vector<StoredFinding>& findings) {
  std::string out =
      "<table class=\"index\"><thead><tr><th>What differs</th><th>Packet</th><th>At</th>"
      "<th>Clause</th><th>Seen</th></tr></thead><tbody>\n";
  for (const StoredFinding& finding : findings) {
    const Signature& s = finding.signature;
    out += fmt::format(
        "<tr><td><a href=\"#{}\">{} {}</a></td><td>{} {}</td><td "
        "class=\"number\">{}</td><td>{}</td><td "
        "class=\"number\">{}</td></tr>\n",
        short_hash(s), escaped_html(s.aspect), escaped_html(s.field), escaped_html(s.conntrack),
        escaped_html(s.protocol), escaped_html(s.hook), escaped_html(s.clause), finding.seen.count);
  }
  return out + "</tbody></table>\n";
}

std::string commands_of(const StoredFinding& finding) {
  const std::string folder = finding.folder.native();
  std::string out = fmt::format("natstep run {}/scenario.nat\n", folder);
  if (std::filesystem::exists(finding.folder / "reproduce.py"))
    out += fmt::format("python3 {}/reproduce.py\n", folder);
  return out;
}

std::string finding_html(const StoredFinding& finding) {
  const Signature& s = finding.signature;
  std::string out = fmt::format(
      "<article id=\"{}\"><h3><span class=\"bad\">{}</span> {}</h3>\n<p class=\"where\">{} packet, "
      "conntrack calls it {}; the sides part at {}</p>\n",
      short_hash(s), escaped_html(s.aspect), escaped_html(s.field), escaped_html(s.protocol),
      escaped_html(s.conntrack), s.hook == "-" ? "no hook that is seen" : escaped_html(s.hook));
  out += sentence_of(s.clause);
  out += fmt::format("<p class=\"where\">seen {} time{}, first {}, last {}</p>\n",
                     finding.seen.count, finding.seen.count == 1 ? "" : "s",
                     clock_words(finding.seen.first), clock_words(finding.seen.last));
  const std::string report = read_text(finding.folder / "report.txt");
  if (const auto gist = gist_of(report); !gist.empty())
    out += fmt::format("<pre>{}</pre>\n", escaped_html(gist));
  out += folded_text("Scenario", read_text(finding.folder / "scenario.nat"));
  out += folded_text("Report, with the bytes", report);
  out += folded_text("Show it again", commands_of(finding));
  return out + "</article>\n";
}

struct AreaOfClauses {
  std::string_view name;
  std::size_t reached = 0;
  std::vector<const model::ClauseInfo*> never{};
};

std::vector<AreaOfClauses> areas_of(const CampaignInfo& info) {
  const std::set<std::string_view> reached(info.clauses.begin(), info.clauses.end());
  std::vector<AreaOfClauses> areas;
  for (const auto& clause : model::clauses()) {
    auto area = std::ranges::find(areas, clause.area, &AreaOfClauses::name);
    if (area == areas.end()) area = areas.insert(area, AreaOfClauses{.name = clause.area});
    if (reached.contains(clause.id))
      ++area->reached;
    else
      area->never.push_back(&clause);
  }
  return areas;
}

std::string never_reached(const AreaOfClauses& area) {
  if (area.never.empty()) return "<span class=\"good\">all</span>";
  std::string list = "<ul>";
  for (const auto* clause : area.never)
    list += fmt::format("<li><code>{}</code> {}</li>", escaped_html(clause->id),
                        escaped_html(clause->sentence));
  return folded(fmt::format("{} never", area.never.size()), list + "</ul>");
}

std::string what_is_missed(const CoveredFunction& function) {
  if (function.reached == 0) return function.name + "\n";
  std::string text = fmt::format("{}, {} of {}", function.name, function.reached, function.points);
  if (!function.missed_lines.empty())
    text += fmt::format(", not line {}", fmt::join(function.missed_lines, ", "));
  return text + "\n";
}

/// The functions that nothing reached, and what is missing in others.
std::string not_reached(const CoveredFile& file) {
  std::string never, in_part;
  for (const auto& function : file.functions) {
    if (function.reached == 0)
      never += what_is_missed(function);
    else if (function.reached < function.points)
      in_part += what_is_missed(function);
  }
  if (never.empty() && in_part.empty()) return "<span class=\"good\">all of it</span>";
  return folded_text("not reached", never + in_part);
}

std::string file_row(const CoveredFile& file) {
  const auto points =
      file.points() == 0 ? fmt::format("{}", file.reached()) : bar(file.reached(), file.points());
  return fmt::format(
      "<tr><td><code>{}</code></td><td class=\"number\">{}</td><td class=\"number\">{}</td>"
      "<td>{}</td></tr>\n",
      escaped_html(file.name), bar(file.reached_functions(), file.functions.size()), points,
      not_reached(file));
}

}  // namespace

std::string findings_html(const std::vector<StoredFinding>& findings) {
  std::string out = "<h2>Findings</h2>\n";
  if (findings.empty())
    return out + "<p class=\"good\">Model and kernel agreed in everything.</p>\n";
  if (findings.size() > 1) out += index_of(findings);
  for (const StoredFinding& finding : findings)
    out += finding_html(finding);
  return out;
}

std::string crashes_html(const std::vector<StoredCrash>& crashes) {
  if (crashes.empty()) return {};
  std::string out = "<h2>Crashes</h2>\n<table><tbody>\n";
  for (const StoredCrash& crash : crashes)
    out += fmt::format("<tr><td class=\"bad\">{}</td><td>{}</td><td><code>{}</code></td></tr>\n",
                       escaped_html(crash.trouble), escaped_html(crash.again),
                       escaped_html(("crashes" / crash.folder.filename()).native()));
  return out + "</tbody></table>\n";
}

std::string clauses_html(const CampaignInfo& info) {
  std::string out =
      "<h2>Clauses</h2>\n<table><thead><tr><th>Area</th><th>Reached</th><th>Never reached</th></tr>"
      "</thead><tbody>\n";
  for (const AreaOfClauses& area : areas_of(info))
    out += fmt::format("<tr><td>{}</td><td class=\"number\">{}</td><td>{}</td></tr>\n",
                       escaped_html(area.name), bar(area.reached, area.reached + area.never.size()),
                       never_reached(area));
  return out + "</tbody></table>\n";
}

std::string kernel_html(const KernelCoverage& coverage) {
  std::string out = "<h2>The kernel's NAT and conntrack</h2>\n";
  if (coverage.empty())
    return out +
           "<p class=\"soft\">This kernel does not tell where packets went: that takes KCOV "
           "(natstep kernels build --kcov).</p>\n";
  out +=
      "<table><thead><tr><th>File</th><th>Functions reached</th><th>Places reached</th><th></th>"
      "</tr></thead><tbody>\n";
  for (const CoveredFile& file : coverage)
    out += file_row(file);
  return out + "</tbody></table>\n";
}

std::string inconclusive_html(const CampaignInfo& info) {
  if (info.inconclusive.empty()) return {};
  std::vector<std::pair<std::string, std::uint64_t>> reasons(info.inconclusive.begin(),
                                                             info.inconclusive.end());
  std::ranges::stable_sort(reasons, std::ranges::greater{},
                           &std::pair<std::string, std::uint64_t>::second);
  constexpr std::size_t most = 20;
  std::string out = "<h2>Where the model gave up</h2>\n<table><tbody>\n";
  for (std::size_t i = 0; i < std::min(most, reasons.size()); ++i)
    out += fmt::format("<tr><td class=\"number\">{}</td><td>{}</td></tr>\n", reasons[i].second,
                       escaped_html(reasons[i].first));
  return out + "</tbody></table>\n";
}

}  // namespace natstep::harness
