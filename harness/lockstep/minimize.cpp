// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/minimize.h"

#include "model/wire/text.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

/// The subject without the place: "udp.checksum on wan" and "udp.checksum on wan, frame 2" are the
/// same field.
std::string field_of(const Finding& finding) {
  auto end = finding.subject.size();
  for (const std::string_view place : {" on ", " of ", " at "}) {
    end = std::min(end, finding.subject.find(place));
  }
  return finding.subject.substr(0, end);
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1);
    lines.push_back(text.substr(0, end + 1));
    text.remove_prefix(end + 1);
  }
  return lines;
}

bool blank(std::string_view line) {
  return line.find_first_not_of(" \t\n}") == std::string_view::npos;
}

std::size_t count_rules(const Scenario& scenario) {
  std::size_t count = 0;
  for (const auto& block : scenario.rules) {
    const auto lines = lines_of(block.text);
    count += static_cast<std::size_t>(
        std::ranges::count_if(lines, [](auto line) { return !blank(line); }));
  }
  return count;
}

/// Text without its line `index`; the line stays as an empty one, so that the others keep their
/// numbers.
std::string without_line(std::string_view text, std::size_t index) {
  std::string out;
  std::size_t i = 0;
  for (const auto line : lines_of(text))
    out += i++ == index ? std::string_view("\n") : line;
  return out;
}

/// Words of the packet notation; a quoted text and a nested packet are one word each.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  int depth = 0;
  for (const char c : text) {
    if (c == '"' && (word.empty() || word.back() != '\\')) quoted = !quoted;
    if (!quoted && c == '[') ++depth;
    if (!quoted && c == ']') --depth;
    if (c != ' ' || quoted || depth > 0) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

std::string joined_without(const std::vector<std::string>& words, std::size_t from,
                           std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i >= from && i < from + count) continue;
    text += (text.empty() ? "" : " ") + words[i];
  }
  return text;
}

/// One minimisation: the smallest failing scenario so far, and a budget of runs.
class Minimizer {
 public:
  Minimizer(const Scenario& scenario, const Outcome& failed, const RunAgain& run,
            std::size_t most_attempts)
      : best_{.scenario = scenario,
              .outcome = failed,
              .steps_before = scenario.steps.size(),
              .rules_before = count_rules(scenario)},
        wanted_(failure_of(failed)),
        run_(run),
        most_attempts_(most_attempts) {}

  Minimized run() {
    if (!wanted_) return std::move(best_);
    drop_later_steps();
    // A pin speaks of the conversation before it: with less of that it would be wrong in another
    // way.
    if (wanted_->aspect == Aspect::pins) return std::move(best_);
    drop_steps();
    drop_rules();
    simplify_packets();
    return std::move(best_);
  }

 private:
  /// Keeps the candidate when it fails in the same way.
  bool accept(Scenario candidate) {
    if (best_.attempts >= most_attempts_) return false;
    ++best_.attempts;
    auto outcome = run_(candidate);
    if (failure_of(outcome) != wanted_) return false;
    best_.scenario = std::move(candidate);
    best_.outcome = std::move(outcome);
    return true;
  }

  void drop_later_steps() {
    auto shorter = best_.scenario;
    shorter.steps.resize(std::min(shorter.steps.size(), best_.outcome.failed_step + 1));
    if (shorter.steps.size() < best_.scenario.steps.size()) accept(std::move(shorter));
  }

  void drop_steps() {
    for (auto i = best_.scenario.steps.size(); i-- > 0;) {
      auto candidate = best_.scenario;
      if (i >= candidate.steps.size() || candidate.steps.size() == 1) continue;
      candidate.steps.erase(candidate.steps.begin() + static_cast<std::ptrdiff_t>(i));
      accept(std::move(candidate));
    }
  }

  void drop_rules() {
    for (auto block = best_.scenario.rules.size(); block-- > 0;) {
      auto candidate = best_.scenario;
      candidate.rules.erase(candidate.rules.begin() + static_cast<std::ptrdiff_t>(block));
      if (!accept(std::move(candidate))) drop_lines(block);
    }
  }

  void drop_lines(std::size_t block) {
    const auto lines = lines_of(best_.scenario.rules[block].text).size();
    for (auto line = lines; line-- > 0;) {
      auto candidate = best_.scenario;
      auto& text = candidate.rules[block].text;
      if (blank(lines_of(text)[line])) continue;
      text = without_line(text, line);
      accept(std::move(candidate));
    }
  }

  void simplify_packets() {
    for (std::size_t i = 0; i < best_.scenario.steps.size(); ++i) {
      const StimulusLine& stimulus = best_.scenario.steps[i].stimulus;
      if (!stimulus.event && stimulus.packet.kind == PacketSource::Kind::notation)
        simplify_packet(i);
    }
  }

  /// Leaves words out from the end, one or two at a time ("ttl 63"); the protocol and the two ends
  /// must stay.
  void simplify_packet(std::size_t step) {
    constexpr std::size_t skeleton = 4;
    auto words = words_of(best_.scenario.steps[step].stimulus.packet.notation.print());
    for (auto at = words.size(); at-- > skeleton;) {
      for (const std::size_t count : {2U, 1U}) {
        if (at + count > words.size() || !accept_packet(step, joined_without(words, at, count)))
          continue;
        words = words_of(best_.scenario.steps[step].stimulus.packet.notation.print());
        at = std::min(at, words.size());
        break;
      }
    }
  }

  bool accept_packet(std::size_t step, const std::string& text) {
    auto packet = wire::parse_packet(text);
    if (!packet) return false;
    auto candidate = best_.scenario;
    candidate.steps[step].stimulus.packet.notation = std::move(packet.value());
    return accept(std::move(candidate));
  }

  Minimized best_;
  std::optional<Failure> wanted_;
  const RunAgain& run_;
  std::size_t most_attempts_;
};

}  // namespace

std::optional<Failure> failure_of(const Outcome& outcome) {
  if (outcome.verdict != Verdict::diverged || outcome.steps.empty()) return std::nullopt;
  const auto& step = outcome.steps.at(outcome.failed_step);
  if (step.findings.empty()) return std::nullopt;
  const auto& first = step.findings.front();
  return Failure{.aspect = first.aspect, .field = field_of(first), .suspect = step.triage.suspect};
}

Minimized minimize(const Scenario& scenario, const Outcome& failed, const RunAgain& run,
                   std::size_t most_attempts) {
  return Minimizer(scenario, failed, run, most_attempts).run();
}

std::size_t repeats(const Scenario& scenario, const Outcome& failed, const RunAgain& run,
                    std::size_t times) {
  const auto wanted = failure_of(failed);
  std::size_t same = 0;
  for (std::size_t i = 0; i < times; ++i)
    same += failure_of(run(scenario)) == wanted ? 1 : 0;
  return same;
}

std::string repeatability(const Minimized& minimized, std::size_t same, std::size_t times) {
  const auto plural = [](std::size_t n, std::string_view word) {
    return fmt::format("{} {}{}", n, word, n == 1 ? "" : "s");
  };
  auto text = fmt::format("repeatable {} of {}", same, times);
  const bool smaller = minimized.scenario.steps.size() < minimized.steps_before ||
                       count_rules(minimized.scenario) < minimized.rules_before;
  if (!smaller) return text;
  return text + fmt::format("      minimised from {} and {}",
                            plural(minimized.steps_before, "step"),
                            plural(minimized.rules_before, "rule"));
}

}  // namespace natstep::harness
