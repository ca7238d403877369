// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/table.h"
#include "harness/report/verdict_words.h"
#include "harness/rfc/rfc_report.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace natstep::harness {
namespace {

constexpr std::size_t verdict_width = 12;  // "CONFIGURABLE"

/// The verdict, the requirement, its level, and what it asks; further lines are aligned below the
/// sentence.
std::string headline(const Judgement& judgement) {
  const Requirement& requirement = *judgement.requirement;
  const std::string label =
      fmt::format("{:<{}}  RFC {} {:<14} {:<6} ", to_string(judgement.conformity), verdict_width,
                  judgement.rfc, requirement.id, to_string(requirement.level));
  std::string out;
  std::string_view front = label;
  const std::string blank(label.size(), ' ');
  for (const std::string& line : wrapped(requirement.asks, report_width - label.size())) {
    out += fmt::format("{} {}\n", front.substr(0, label.size() - 1), line);
    front = blank;
  }
  return out;
}

/// The beginning of what is too long to be read; JSON has all of it.
std::string shortened(const std::string& text) {
  constexpr std::size_t most = 240;
  if (text.size() <= most) return text;
  return fmt::format("{}... ({} more characters)", text.substr(0, most), text.size() - most);
}

std::string evidence_text(const Evidence& evidence) {
  std::string out = labelled("asked", evidence.asked) + labelled("kernel", evidence.kernel);
  out += labelled("shown by", fmt::format("{}:{}", evidence.path, evidence.line));
  out += labelled("", shortened(evidence.sent));
  for (const std::string& frame : evidence.seen)
    out += labelled("", shortened(frame));
  if (evidence.seen.empty()) out += labelled("", "nothing leaves");
  for (const std::string& bytes : evidence.bytes)
    out += labelled("bytes", shortened(bytes));
  return out;
}

std::string judgement_text(const Judgement& judgement) {
  const Requirement& requirement = *judgement.requirement;
  std::string out = headline(judgement);
  if (judgement.conformity == Conformity::untested) {
    const bool elsewhere = requirement.treatment == Treatment::tested;
    const auto kind = elsewhere ? "for other kernels" : to_string(requirement.treatment);
    return out + labelled("why", fmt::format("{}: {}", kind, requirement.why));
  }
  if (!judgement.undecided.empty()) out += labelled("undecided", judgement.undecided);
  if (!judgement.evidence.empty()) out += evidence_text(judgement.evidence.front());
  if (judgement.conformity == Conformity::configurable)
    out += labelled("conforms", fmt::format("with {}", requirement.rule));
  if (!requirement.why.empty()) out += labelled("remark", requirement.why);
  out += labelled("scenarios", fmt::format("{}", fmt::join(judgement.paths, ", ")));
  if (!judgement.configured.empty())
    out += labelled("with rule", fmt::format("{}", fmt::join(judgement.configured, ", ")));
  return out;
}

std::string counts(const std::vector<Judgement>& judgements) {
  const auto tally = conformity_tally(judgements);
  const auto of = [&](Conformity each) { return tally[static_cast<std::size_t>(each)]; };
  return fmt::format("{}: {} conform, {} deviate, {} configurable, {} undecided, {} not tested\n",
                     counted(judgements.size(), "requirement"), of(Conformity::conforms),
                     of(Conformity::deviates), of(Conformity::configurable),
                     of(Conformity::undecided), of(Conformity::untested));
}

}  // namespace

std::array<std::size_t, conformity_count> conformity_tally(
    const std::vector<Judgement>& judgements) {
  std::array<std::size_t, conformity_count> tally{};
  for (const Judgement& judgement : judgements)
    ++tally[static_cast<std::size_t>(judgement.conformity)];
  return tally;
}

std::vector<const Judgement*> judgements_of(const RfcReport& report, unsigned rfc) {
  std::vector<const Judgement*> found;
  for (const Judgement& judgement : report.judgements)
    if (judgement.rfc == rfc) found.push_back(&judgement);
  return found;
}

std::string rfc_text(const RfcReport& report) {
  std::string out;
  for (const Rfc& rfc : report.rfcs) {
    out += fmt::format("RFC {}  {}\n\n", rfc.number, rfc.title);
    for (const Judgement* judgement : judgements_of(report, rfc.number))
      out += judgement_text(*judgement) + "\n";
  }
  for (const OtherRfc& other : other_rfcs())
    out += labelled(fmt::format("RFC {}", other.number),
                    fmt::format("{}: not read, {}", other.title, other.why));
  return out + fmt::format("\n{}{}    profile {}    natstep {}\n", counts(report.judgements),
                           report.summary.kernel, report.summary.profile, report.summary.version);
}

}  // namespace natstep::harness
