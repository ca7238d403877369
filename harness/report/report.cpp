// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/report.h"

#include "harness/lockstep/check.h"
#include "harness/lockstep/convert.h"
#include "harness/lockstep/deviation.h"
#include "harness/lockstep/field_diff.h"
#include "harness/report/entry_text.h"
#include "harness/report/packet_words.h"
#include "harness/report/table.h"
#include "harness/report/walk_table.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

constexpr std::size_t most_other_findings = 6;

/// The parts of one diverged report, from the top down.
class DivergedReport {
 public:
  DivergedReport(const Scenario& scenario, const Outcome& outcome, const ReportContext& context)
      : scenario_(scenario),
        outcome_(outcome),
        context_(context),
        step_(outcome.steps.at(outcome.failed_step)),
        first_(step_.findings.front()) {}

  [[nodiscard]] std::string print() const {
    std::string out = headline();
    for (const auto& part : {in_words(), details(), other_findings(), walk(), footer()}) {
      if (!part.empty()) out += "\n" + part;
    }
    return out;
  }

 private:
  [[nodiscard]] std::string headline() const;
  [[nodiscard]] std::string in_words() const;
  [[nodiscard]] std::string details() const;
  [[nodiscard]] std::string frame_table() const;
  [[nodiscard]] std::string entry_table() const;
  [[nodiscard]] std::string finding_lines(const Finding& finding) const;
  [[nodiscard]] std::string other_findings() const;
  [[nodiscard]] std::string walk() const;
  [[nodiscard]] std::string footer() const;
  [[nodiscard]] std::string clause_lines() const;
  [[nodiscard]] std::string voices() const;

  const Scenario& scenario_;
  const Outcome& outcome_;
  const ReportContext& context_;
  const StepRecord& step_;
  const Finding& first_;
};

std::string coloured(std::string_view word, std::string_view code, const ReportContext& context) {
  if (!context.colour) return std::string(word);
  return fmt::format("\033[{}m{}\033[0m", code, word);
}

std::string_view colour_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::agreed:
      return "32";
    case Verdict::deviation:
      return "36";
    case Verdict::diverged:
    case Verdict::broken:
      return "1;31";
    case Verdict::inconclusive:
    case Verdict::skipped:
      return "33";
  }
  return "0";
}

std::string place(const std::string& path, SourcePos pos) {
  return pos.line > 0 ? fmt::format("{}:{}", path, pos.line) : path;
}

std::string first_word(Verdict verdict, const ReportContext& context) {
  return coloured(to_string(verdict), colour_of(verdict), context);
}

std::string DivergedReport::headline() const {
  return fmt::format("{}  {}  step {} of {}  {}\n", first_word(outcome_.verdict, context_),
                     place(scenario_.path, first_.pos), outcome_.failed_step + 1,
                     scenario_.steps.size(), to_string(first_.aspect));
}

std::string idle_model(const model::Prediction& prediction) {
  if (prediction.fate == model::Fate::delivered)
    return "delivers to the box itself, nothing leaves";
  const auto fate = model::to_string(prediction.fate);
  if (prediction.reason.empty()) return fmt::format("nothing leaves: {}", fate);
  return fmt::format("nothing leaves: {}, {}", fate, prediction.reason);
}

std::string DivergedReport::in_words() const {
  const auto model = frames_in_words(scenario_.topology, step_.stimulus,
                                     frames_of(step_.prediction), idle_model(step_.prediction));
  const auto kernel = frames_in_words(scenario_.topology, step_.stimulus, step_.observation.frames,
                                      "nothing leaves");
  return labelled("model", model, 8) + labelled("kernel", kernel, 8);
}

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

/// The first frame that both sides have on the same port and in the same place: differing ones
/// first.
struct FramePair {
  const model::Frame* model = nullptr;
  const netns::Frame* kernel = nullptr;
};

FramePair frame_pair(const StepRecord& step) {
  FramePair equal;
  std::size_t i = 0;
  for (const auto& frame : step.prediction.frames) {
    if (i >= step.observation.frames.size()) break;
    const auto& kernel = step.observation.frames[i++];
    if (kernel.port != frame.port) continue;
    if (kernel.bytes != frame.bytes) return {.model = &frame, .kernel = &kernel};
    if (!equal.model) equal = {.model = &frame, .kernel = &kernel};
  }
  return equal;
}

std::string equal_fields(std::size_t fields, const std::vector<FieldRow>& rows) {
  const auto payload =
      std::ranges::find_if(rows, [](const FieldRow& r) { return r.name == "payload"; });
  const bool untouched = payload != rows.end() && !payload->differs() && !payload->changed();
  return fmt::format("{} other field{} equal{}", fields, fields == 1 ? "" : "s",
                     untouched ? "; payload equal" : "");
}

std::string DivergedReport::frame_table() const {
  const auto pair = frame_pair(step_);
  if (!pair.model) return "";
  const auto on = port_name(scenario_.topology, pair.model->port);
  const auto in = step_.port == model::no_port
                      ? "sent by the box"
                      : "sent on " + port_name(scenario_.topology, step_.port);
  Table table;
  table.row({"field", in, "model on " + on, "kernel on " + on});
  const auto rows = field_rows(step_.stimulus, pair.model->bytes, pair.kernel->bytes);
  std::size_t equal = 0;
  for (const auto& row : rows) {
    std::vector<std::string> cells{row.name, or_dash(row.sent), or_dash(row.model),
                                   or_dash(row.kernel)};
    if (row.differs()) {
      table.marked(std::move(cells));
    } else if (row.changed()) {
      table.row(std::move(cells));
    } else {
      ++equal;
    }
  }
  table.note(0, equal_fields(equal, rows));
  return table.print();
}

std::string DivergedReport::entry_table() const {
  Table table;
  for (const auto& pair : step_.entries) {
    if (!pair.model || !pair.kernel) continue;
    const auto rows = entry_rows(pair, 0);
    if (first_.subject.find(to_string(pair.model->original)) == std::string::npos) continue;
    table.row({"entry", "model", "kernel"});
    for (const auto& row : rows) {
      std::vector<std::string> cells{row.name, row.model, row.kernel};
      row.model == row.kernel || first_.subject.rfind(row.name + " of", 0) != 0
          ? table.row(std::move(cells))
          : table.marked(std::move(cells));
    }
    break;
  }
  return table.print();
}

std::string DivergedReport::finding_lines(const Finding& finding) const {
  const auto subject = finding.aspect == Aspect::laws ? "law: " + finding.subject : finding.subject;
  std::string out = labelled("finding", subject);
  if (!finding.script.empty()) out += labelled("script", finding.script);
  out += labelled("model", or_dash(finding.model));
  out += labelled("kernel", or_dash(finding.kernel));
  return out;
}

std::string DivergedReport::details() const {
  auto frames = frame_table();
  if (first_.aspect == Aspect::frames && !frames.empty()) return frames;
  if (first_.aspect == Aspect::conntrack) {
    if (auto entries = entry_table(); !entries.empty()) return entries;
  }
  auto out = finding_lines(first_);
  if (!frames.empty()) out += "\n" + frames;
  return out;
}

/// What differs beside the aspect that the report is about.
std::string DivergedReport::other_findings() const {
  std::vector<const Finding*> others;
  for (const auto& finding : step_.findings) {
    const bool shown = &finding == &first_ ||
                       (finding.aspect == first_.aspect && finding.aspect == Aspect::frames);
    if (!shown) others.push_back(&finding);
  }
  if (others.empty()) return "";
  Table table;
  table.row({"also", "about", "model", "kernel"});
  for (std::size_t i = 0; i < std::min(others.size(), most_other_findings); ++i) {
    table.marked({std::string(to_string(others[i]->aspect)), others[i]->subject,
                  or_dash(others[i]->model), or_dash(others[i]->kernel)});
  }
  if (others.size() > most_other_findings) {
    table.note(0, fmt::format("and {} more", others.size() - most_other_findings));
  }
  return table.print();
}

std::string DivergedReport::walk() const {
  const auto rows = walk_rows(step_);
  if (rows.empty()) return "";
  Table table;
  table.row({"walk", "", "", "model", "kernel"});
  bool parted = false;
  for (const auto& row : rows) {
    std::vector<std::string> cells{std::string(model::to_string(row.step->hook)),
                                   std::string(to_string(row.step->actor)),
                                   priority_text(*row.step), row.what, row.kernel};
    row.differs && !parted ? table.marked(std::move(cells)) : table.row(std::move(cells));
    parted = parted || row.differs;
  }
  return table.print();
}

std::string DivergedReport::clause_lines() const {
  if (!step_.clause) {
    return labelled("clause", fmt::format("none of the {} clauses reached decides this alone",
                                          step_.prediction.clauses.count()));
  }
  const auto& clause = model::info(*step_.clause);
  return labelled("clause", fmt::format("{}: \"{}\"", clause.id, clause.sentence)) +
         labelled("", fmt::format("basis {}", clause.basis)) +
         labelled("", fmt::format("kernel {}", clause.kernel));
}

std::string DivergedReport::voices() const {
  static constexpr std::array<std::string_view, 5> script{"script silent", "script with the model",
                                                          "script with the kernel",
                                                          "script with both", "script alone"};
  const auto& triage = step_.triage;
  return labelled("voices", fmt::format("{}, model {} kernel, laws {}  ->  suspect: {}",
                                        script[static_cast<std::size_t>(triage.script)],
                                        triage.model_equals_kernel ? "==" : "!=",
                                        triage.laws_hold ? "hold" : "broken", triage.suspect));
}

std::string DivergedReport::footer() const {
  std::string out = clause_lines() + voices();
  if (!context_.repeatability.empty()) out += "  " + context_.repeatability + "\n";
  out += labelled("kernel", fmt::format("{}    profile {}    natstep {}", context_.kernel,
                                        context_.profile, context_.version));
  auto again = scenario_.path;
  if (!context_.artefacts.empty()) {
    out += labelled("artefacts", context_.artefacts);
    again = context_.artefacts + "/scenario.nat";
  }
  out += labelled("repeat", fmt::format("natstep run {}{}{}", again,
                                        context_.options.empty() ? "" : " ", context_.options));
  if (step_.stimulus.empty()) return out;
  // Not wrapped: it is there to be copied.
  return out + "  as Scapy   " + as_scapy(step_.stimulus) + "\n";
}

std::string one_line(const Scenario& scenario, const Outcome& outcome,
                     const ReportContext& context) {
  auto line = fmt::format("{}  {}", first_word(outcome.verdict, context),
                          place(scenario.path, outcome.reason_pos));
  if (outcome.verdict == Verdict::agreed) {
    line += fmt::format("  {} step{}, {} packets", scenario.steps.size(),
                        scenario.steps.size() == 1 ? "" : "s", outcome.packets);
  }
  if (!outcome.reason.empty()) line += "  " + outcome.reason;
  return line + "\n";
}

std::string deviations(const Outcome& outcome) {
  std::string out;
  for (const auto& shown : outcome.deviations) {
    const auto& info = model::info(shown.clause);
    out += labelled("deviation", fmt::format("{}{}: \"{}\"  basis {}", info.id,
                                             decides_verdict(shown) ? "" : " (in no packet)",
                                             info.sentence, info.basis));
  }
  for (const auto& shortfall : outcome.shortfalls) {
    out += labelled("should", fmt::format("line {}: {}", shortfall.pos.line, shortfall.asked)) +
           labelled("kernel", shortfall.kernel);
  }
  return out;
}

}  // namespace

std::string report(const Scenario& scenario, const Outcome& outcome, const ReportContext& context) {
  if (outcome.diagnostic) return to_string(*outcome.diagnostic) + "\n";
  if (outcome.verdict == Verdict::diverged)
    return DivergedReport(scenario, outcome, context).print();
  return one_line(scenario, outcome, context) + deviations(outcome);
}

}  // namespace natstep::harness
