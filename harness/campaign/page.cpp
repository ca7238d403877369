// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/campaign/page.h"

#include "harness/campaign/gather.h"
#include "harness/campaign/page_parts.h"
#include "harness/campaign/plot_svg.h"
#include "harness/finding/durable.h"
#include "harness/report/html.h"
#include "harness/report/output.h"
#include "model/clause.h"

#include <algorithm>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace natstep::harness {
namespace {

constexpr std::string_view own_style = R"(
section.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr));
  gap: 1rem 1.5rem; }
figure { margin: 0; } figcaption { color: var(--soft); } figcaption b { color: var(--text); }
.aside { margin-left: .75rem; } .dashed { border-bottom: 2px dashed var(--soft); margin-left: .75rem; }
svg { width: 100%; height: auto; display: block; }
svg text { fill: var(--soft); font: 12px system-ui, sans-serif; }
svg .grid { stroke: var(--line); } svg .curve { fill: none; stroke: var(--curve); stroke-width: 2; }
svg .area { fill: var(--curve); opacity: .12; stroke: none; }
svg .reference { fill: none; stroke: var(--soft); stroke-width: 1.5; stroke-dasharray: 5 4; }
article { border-top: 1px solid var(--line); padding: .9rem 0; }
article h3 { font-size: 1rem; margin: 0; } article .where { color: var(--soft); margin: .15rem 0 0; }
.bad { color: var(--bad); } .good { color: var(--good); } .soft { color: var(--soft); }
.bar { display: inline-block; width: 8rem; height: .6rem; background: var(--panel);
  border: 1px solid var(--line); border-radius: 3px; vertical-align: middle; margin-right: .5rem; }
.bar i { display: block; height: 100%; background: var(--curve); border-radius: 2px; }
td.number { white-space: nowrap; }
table.index th { white-space: nowrap; } table.index td { padding: .3rem .75rem .3rem 0; } table.index { margin-bottom: 1.5rem; }
)";

std::string date_words(std::uint64_t epoch) {
  if (epoch == 0) return "at a time that is not told";
  return fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(static_cast<std::time_t>(epoch)));
}

std::string tile(std::string_view number, std::string_view what, std::string_view kind = "") {
  return fmt::format("<li class=\"{}\"><b>{}</b>{}</li>", kind, number, escaped_html(what));
}

std::string tiles(const CampaignState& state) {
  const Moment now = state.moments.empty() ? Moment{} : state.moments.back();
  const std::size_t found = state.findings.size();
  std::string out = "<ul class=\"counts\">";
  out += tile(std::to_string(found), found == 1 ? "finding" : "findings", found ? "bad" : "good");
  out += tile(short_number(static_cast<double>(now.executions)), "executions");
  if (now.time_s > 0)
    out += tile(short_number(static_cast<double>(now.executions) / now.time_s), "a second");
  out += tile(fmt::format("{} of {}", std::max(now.clauses_reached, state.info.clauses.size()),
                          model::clauses().size()),
              "clauses reached");
  out += tile(short_number(static_cast<double>(now.features)), "features");
  if (now.kernel_pcs > 0)
    out += tile(short_number(static_cast<double>(now.kernel_pcs)), "places in the kernel");
  out += tile(duration_words(now.time_s), "of fuzzing");
  out += tile(duration_words(now.time_s - now.last_new_s), "since the last new thing");
  return out + "</ul>\n";
}

template <typename Value>
std::vector<PlotPoint> course(const CampaignState& state, Value Moment::*member) {
  std::vector<PlotPoint> points;
  for (const Moment& moment : state.moments)
    points.push_back({.x = moment.time_s, .y = static_cast<double>(moment.*member)});
  return points;
}

std::string plots(const CampaignState& state) {
  if (state.moments.size() < 2)
    return "<p class=\"soft\">There are too few moments for a curve.</p>\n";
  const auto has_bare = [](const Moment& moment) { return moment.bare_per_s > 0; };
  Plot speed{.title = "executions a second", .points = course(state, &Moment::executions_per_s)};
  if (std::ranges::any_of(state.moments, has_bare)) {
    speed.reference_title = "bare loop, packets";
    for (const Moment& moment : state.moments)
      if (has_bare(moment)) speed.reference.push_back({.x = moment.time_s, .y = moment.bare_per_s});
  }
  std::string out = "<section class=\"plots\">\n";
  out += plot_svg({.title = "features", .points = course(state, &Moment::features)});
  out += plot_svg({.title = "clauses reached", .points = course(state, &Moment::clauses_reached)});
  if (state.moments.back().kernel_pcs > 0)
    out +=
        plot_svg({.title = "places in the kernel", .points = course(state, &Moment::kernel_pcs)});
  out += plot_svg({.title = "findings", .points = course(state, &Moment::findings)});
  out += plot_svg(speed);
  return out + "</section>\n";
}

}  // namespace

std::string campaign_page(const CampaignState& state) {
  const auto kernel = state.info.kernel.empty() ? "a kernel that is not told" : state.info.kernel;
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>Fuzzing the NAT of {0}</title>\n<style>{1}{2}</style></head><body>\n"
      "<h1>Fuzzing the NAT of {0}</h1>\n",
      escaped_html(kernel), page_style(), own_style);
  out += fmt::format(
      "<p class=\"about\">Begun {}; profile {}, natstep {}, seed {}, {} at a time.</p>\n",
      date_words(state.info.started), escaped_html(state.info.profile),
      escaped_html(state.info.version), state.info.seed, state.info.jobs);
  out += tiles(state) + plots(state) + findings_html(state.findings) + crashes_html(state.crashes) +
         clauses_html(state.info) + kernel_html(state.kernel) + inconclusive_html(state.info);
  if (!state.info.command.empty())
    out += fmt::format("<h2>To go on</h2>\n<pre>{}</pre>\n", escaped_html(state.info.command));
  return out + "</body></html>\n";
}

int report_campaign(const std::filesystem::path& directory) {
  if (!shards_of(directory).empty()) gather_shards(directory);
  const auto page = directory / "report.html";
  write_durably(page, campaign_page(read_campaign(directory)));
  write_stdout(page.native() + "\n");
  return 0;
}

}  // namespace natstep::harness
