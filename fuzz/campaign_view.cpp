// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/campaign_view.h"

#include "harness/report/output.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace natstep::fuzz {
namespace {

constexpr double seconds_between_prints = 60;

std::string ratio(double part, double whole) {
  return whole > 0 ? fmt::format("{:.0f} %", 100 * part / whole) : std::string("-");
}

std::string of_bare_loop(const CampaignState& state) {
  if (state.bare_established <= 0) return "not measured";
  return fmt::format("{:.0f} packets/s, {:.0f} with a new flow each", state.bare_established,
                     state.bare_new_flow);
}

std::string time_text(const CampaignState& state) {
  std::string text = duration_text(state.time_s);
  if (state.seconds_asked > 0) text += " of " + duration_text(state.seconds_asked);
  return text;
}

}  // namespace

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::max(seconds, 0.0));
  if (whole >= 3600) return fmt::format("{}h {:02}m", whole / 3600, whole / 60 % 60);
  if (whole >= 60) return fmt::format("{}m {:02}s", whole / 60, whole % 60);
  return fmt::format("{:.1f} s", seconds);
}

double parse_duration(const std::string& text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || value < 0) return -1;
  const std::string unit(stop, end);
  constexpr std::pair<const char*, double> units[] = {
      {"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
  for (const auto& [word, factor] : units) {
    if (unit == word) return value * factor;
  }
  return -1;
}

std::string view_text(const CampaignState& state, const std::filesystem::path& out) {
  const double jobs = static_cast<double>(std::max<std::size_t>(state.jobs, 1));
  std::string text = fmt::format(
      "fuzzing     {:<22} {} worker{}    {}\n"
      "executions  {:<22} {:.0f}/s, {:.0f}/s a worker\n"
      "packets     {:<22} {:.0f}/s; the bare loop does {}\n"
      "reached     {} of {} clauses, {} features; {} programs kept, {} boxes made\n"
      "findings    {:<22} last something new {} ago\n",
      time_text(state), state.jobs, state.jobs == 1 ? "" : "s", out.native(), state.executions,
      state.executions_per_s, state.executions_per_s / jobs, state.packets, state.packets_per_s,
      of_bare_loop(state), state.clauses, state.all_clauses, state.features, state.corpus,
      state.boxes,
      state.unrepeated == 0 ? fmt::format("{}", state.findings)
                            : fmt::format("{}, {} unrepeated", state.findings, state.unrepeated),
      duration_text(state.time_s - state.last_new_s));
  text += fmt::format(
      "inconclusive {} ({}), laws broken by known deviations {}, like others before {}\n",
      state.inconclusive,
      ratio(static_cast<double>(state.inconclusive), static_cast<double>(state.executions)),
      state.excused, state.repeated);
  if (state.places != 0)
    text += fmt::format("kernel      {} places of NAT and conntrack\n", state.places);
  if (state.crashes != 0)
    text += fmt::format("CRASHES     {} workers died, see {}\n", state.crashes,
                        (out / "crashes").native());
  if (state.lost_writes != 0)
    text += fmt::format("the disk refused {} writes; what they were for is kept and tried again\n",
                        state.lost_writes);
  return text;
}

CampaignView::CampaignView(std::filesystem::path out)
    : out_(std::move(out)), on_terminal_(::isatty(STDOUT_FILENO) == 1) {}

void CampaignView::draw(const CampaignState& state) {
  std::string text;
  if (on_terminal_ && lines_drawn_ != 0) text = fmt::format("\x1b[{}A\x1b[J", lines_drawn_);
  const std::string view = view_text(state, out_);
  lines_drawn_ = static_cast<std::size_t>(std::ranges::count(view, '\n'));
  harness::write_stdout(text + view);
}

void CampaignView::show(const CampaignState& state) {
  if (on_terminal_) return draw(state);
  if (state.since_start_s < next_print_s_) return;
  if (next_print_s_ != 0) draw(state);
  next_print_s_ += seconds_between_prints;
}

void CampaignView::finish(const CampaignState& state) {
  draw(state);
}

}  // namespace natstep::fuzz
