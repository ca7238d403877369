// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/verdict_words.h"
#include "harness/rfc/rfc_report.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace natstep::harness {
namespace {

/// Both a light and a dark sheet, by the reader's own setting; colours beside words, never instead
/// of them.
constexpr std::string_view style = R"(
:root { color-scheme: light dark; --text: #1c2126; --soft: #57606a; --line: #d5dae0; --page: #fff;
  --panel: #f5f7f9; --good: #17692f; --bad: #a4261d; --open: #805400; --plain: #57606a; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e7eb; --soft: #a3adb8; --line: #39424c;
  --page: #14181c; --panel: #1d2329; --good: #6fce8a; --bad: #ff8f84; --open: #e6b450;
  --plain: #a3adb8; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 74rem; padding: 2rem 1.25rem 4rem; background: var(--page);
  color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; }
p.about { color: var(--soft); margin: 0 0 1.25rem; }
ul.counts { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; list-style: none; padding: 0;
  margin: 0 0 1rem; }
ul.counts b { font-size: 1.3rem; margin-right: .35rem; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; }
a { color: inherit; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
th, td { text-align: left; vertical-align: top; padding: .55rem .75rem .55rem 0;
  border-top: 1px solid var(--line); overflow-wrap: anywhere; }
th { font-weight: 600; color: var(--soft); border-top: 0; }
th:nth-child(1) { width: 9.5rem; } th:nth-child(2) { width: 9rem; } th:nth-child(3) { width: 6rem; }
.verdict { font-weight: 650; font-size: .85rem; letter-spacing: .02em; }
.conforms { color: var(--good); } .deviates { color: var(--bad); }
.configurable { color: var(--open); } .undecided { color: var(--bad); } .untested { color: var(--plain); }
td p { margin: .25rem 0 0; } .why { color: var(--soft); }
code { background: var(--panel); border-radius: 3px; padding: .05rem .25rem;
  font: .85em ui-monospace, monospace; }
details { margin: .4rem 0 0; } summary { cursor: pointer; color: var(--soft); }
pre, .paths { background: var(--panel); border-radius: 4px; padding: .6rem .75rem; margin: .4rem 0 0;
  font: 13px/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
@media (max-width: 44rem) { th:nth-child(3), td:nth-child(3) { display: none; }
  th:nth-child(1) { width: 8rem; } th:nth-child(2) { width: 6rem; } }
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

/// A sentence of the tables: what stands between backticks is set as code.
std::string sentence(std::string_view text) {
  std::string out;
  bool inside = false;
  for (const char c : escaped(text)) {
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
  std::string out = fmt::format("asked   {}\nkernel  {}\n{}:{}\n  {}\n", escaped(evidence.asked),
                                escaped(evidence.kernel), escaped(evidence.path), evidence.line,
                                escaped(evidence.sent));
  for (const std::string& frame : evidence.seen)
    out += fmt::format("  {}\n", escaped(frame));
  if (evidence.seen.empty()) out += "  nothing leaves\n";
  for (const std::string& bytes : evidence.bytes)
    out += fmt::format("  {}\n", escaped(bytes));
  return fmt::format("<pre>{}</pre>", out);
}

std::string details_html(const Judgement& judgement) {
  const Requirement& requirement = *judgement.requirement;
  std::string out;
  if (!judgement.undecided.empty())
    out += fmt::format("<p class=\"why\">{}</p>", escaped(judgement.undecided));
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
                           escaped(fmt::format("{}", fmt::join(paths, "\n"))));
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
      to_string(judgement.conformity), escaped(requirement.id), to_string(requirement.level),
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
      rfc.number, escaped(rfc.title));
  for (const Judgement* judgement : judgements_of(report, rfc.number))
    out += row_html(*judgement);
  return out + "</tbody></table>\n";
}

std::string not_read_html() {
  std::string out = "<h2>Not read</h2>\n<ul>\n";
  for (const OtherRfc& other : other_rfcs())
    out += fmt::format("<li>RFC {}, {}: {}.</li>\n", other.number, escaped(other.title),
                       escaped(other.why));
  return out + "</ul>\n";
}

}  // namespace

std::string rfc_html(const RfcReport& report) {
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>NAT of {} against its RFCs</title>\n<style>{}</style></head><body>\n"
      "<h1>The NAT of {} against its RFCs</h1>\n"
      "<p class=\"about\">{} requirements, judged by scenarios that ran on this kernel. Profile "
      "{}, "
      "natstep {}.</p>\n",
      escaped(report.summary.kernel), style, escaped(report.summary.kernel),
      report.judgements.size(), escaped(report.summary.profile), escaped(report.summary.version));
  out += counts_html(report.judgements) + "<nav>";
  for (const Rfc& rfc : report.rfcs)
    out += fmt::format("<a href=\"#rfc{0}\">RFC {0}</a>\n", rfc.number);
  out += "</nav>\n";
  for (const Rfc& rfc : report.rfcs)
    out += rfc_section(report, rfc);
  return out + not_read_html() + "</body></html>\n";
}

}  // namespace natstep::harness
