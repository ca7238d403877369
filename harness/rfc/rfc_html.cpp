// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/html.h"
#include "harness/report/verdict_words.h"
#include "harness/rfc/rfc_report.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace natstep::harness {
namespace {

/// What this page has beside the common sheet.
constexpr std::string_view own_style = R"(
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; }
table { table-layout: fixed; }
th:nth-child(1) { width: 9.5rem; } th:nth-child(2) { width: 9rem; } th:nth-child(3) { width: 6rem; }
.verdict { font-weight: 650; font-size: .85rem; letter-spacing: .02em; }
.conforms { color: var(--good); } .deviates { color: var(--bad); }
.configurable { color: var(--open); } .undecided { color: var(--bad); } .untested { color: var(--plain); }
td p { margin: .25rem 0 0; } .why { color: var(--soft); }
@media (max-width: 44rem) { th:nth-child(3), td:nth-child(3) { display: none; }
  th:nth-child(1) { width: 8rem; } th:nth-child(2) { width: 6rem; } }
)";

/// A sentence of the tables: what stands between backticks is set as code.
std::string sentence(std::string_view text) {
  std::string out;
  bool inside = false;
  for (const char c : escaped_html(text)) {
    if (c != '`') {
      out += c;
      continue;
    }
    out += inside ? "</code>" : "<code>";
    inside = !inside;
  }
  return out;
}

std::string class_of(Conformity conformity) {
  std::string name(to_string(conformity));
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

std::string evidence_html(const Evidence& evidence) {
  std::string out =
      fmt::format("asked   {}\nkernel  {}\n{}:{}\n  {}\n", escaped_html(evidence.asked),
                  escaped_html(evidence.kernel), escaped_html(evidence.path), evidence.line,
                  escaped_html(evidence.sent));
  for (const std::string& frame : evidence.seen)
    out += fmt::format("  {}\n", escaped_html(frame));
  if (evidence.seen.empty()) out += "  nothing leaves\n";
  for (const std::string& bytes : evidence.bytes)
    out += fmt::format("  {}\n", escaped_html(bytes));
  return fmt::format("<pre>{}</pre>", out);
}

std::string details_html(const Judgement& judgement) {
  const Requirement& requirement = *judgement.requirement;
  std::string out;
  if (!judgement.undecided.empty())
    out += fmt::format("<p class=\"why\">{}</p>", escaped_html(judgement.undecided));
  if (judgement.conformity == Conformity::configurable)
    out += fmt::format("<p>Conforms with {}.</p>", sentence(requirement.rule));
  if (!requirement.why.empty())
    out += fmt::format("<p class=\"why\">{}{}</p>",
                       requirement.treatment == Treatment::tested
                           ? ""
                           : fmt::format("{}: ", to_string(requirement.treatment)),
                       sentence(requirement.why));
  if (!judgement.evidence.empty()) {
    out += fmt::format("<details><summary>Shown in {}</summary>",
                       counted(judgement.evidence.size(), "place"));
    for (const Evidence& each : judgement.evidence)
      out += evidence_html(each);
    out += "</details>";
  }
  std::vector<std::string> paths = judgement.paths;
  paths.insert(paths.end(), judgement.configured.begin(), judgement.configured.end());
  if (paths.empty()) return out;
  return out + fmt::format("<details><summary>{}</summary><div class=\"paths\">{}</div></details>",
                           counted(paths.size(), "scenario"),
                           escaped_html(fmt::format("{}", fmt::join(paths, "\n"))));
}

/// A requirement's id as a part of an address.
std::string anchor(std::string_view id) {
  std::string out(id);
  std::ranges::replace(out, ' ', '-');
  return out;
}

std::string row_html(const Judgement& judgement) {
  const Requirement& requirement = *judgement.requirement;
  return fmt::format(
      "<tr id=\"rfc{}-{}\"><td class=\"verdict {}\">{}</td><td>{}</td><td>{}</td><td>{}{}</td>"
      "</tr>\n",
      judgement.rfc, anchor(requirement.id), class_of(judgement.conformity),
      to_string(judgement.conformity), escaped_html(requirement.id), to_string(requirement.level),
      sentence(requirement.asks), details_html(judgement));
}

std::string counts_html(const std::vector<Judgement>& judgements) {
  const auto tally = conformity_tally(judgements);
  std::string out = "<ul class=\"counts\">";
  for (std::size_t i = 0; i < tally.size(); ++i) {
    const auto conformity = static_cast<Conformity>(i);
    out += fmt::format("<li class=\"{0}\"><b>{1}</b>{0}</li>", class_of(conformity), tally[i]);
  }
  return out + "</ul>\n";
}

std::string rfc_section(const RfcReport& report, const Rfc& rfc) {
  std::string out = fmt::format(
      "<h2 id=\"rfc{0}\">RFC {0}: {1}</h2>\n<table><thead><tr><th>Verdict</th><th>Requirement</th>"
      "<th>Level</th><th>What it asks</th></tr></thead><tbody>\n",
      rfc.number, escaped_html(rfc.title));
  for (const Judgement* judgement : judgements_of(report, rfc.number))
    out += row_html(*judgement);
  return out + "</tbody></table>\n";
}

std::string not_read_html() {
  std::string out = "<h2>Not read</h2>\n<ul>\n";
  for (const OtherRfc& other : other_rfcs())
    out += fmt::format("<li>RFC {}, {}: {}.</li>\n", other.number, escaped_html(other.title),
                       escaped_html(other.why));
  return out + "</ul>\n";
}

}  // namespace

std::string rfc_html(const RfcReport& report) {
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>NAT of {} against its RFCs</title>\n<style>{}{}</style></head><body>\n"
      "<h1>The NAT of {} against its RFCs</h1>\n"
      "<p class=\"about\">{} requirements, judged by scenarios that ran on this kernel. Profile "
      "{}, "
      "natstep {}.</p>\n",
      escaped_html(report.summary.kernel), page_style(), own_style,
      escaped_html(report.summary.kernel), report.judgements.size(),
      escaped_html(report.summary.profile), escaped_html(report.summary.version));
  out += counts_html(report.judgements) + "<nav>";
  for (const Rfc& rfc : report.rfcs)
    out += fmt::format("<a href=\"#rfc{0}\">RFC {0}</a>\n", rfc.number);
  out += "</nav>\n";
  for (const Rfc& rfc : report.rfcs)
    out += rfc_section(report, rfc);
  return out + not_read_html() + "</body></html>\n";
}

}  // namespace natstep::harness
