// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/reduce.h"

#include "harness/scenario/scenario_text.h"
#include "harness/scenario/topology_lines.h"
#include "model/wire/text.h"

#include <algorithm>
#include <set>
#include <utility>

namespace natstep::harness {
namespace {

using Words = std::vector<std::string>;

std::string joined(const Words& words) {
  std::string text;
  for (const auto& word : words)
    text += (text.empty() ? "" : " ") + word;
  return text;
}

Words without(const Words& words, std::size_t from, std::size_t count) {
  Words rest = words;
  const auto first = rest.begin() + static_cast<std::ptrdiff_t>(from);
  rest.erase(first, first + static_cast<std::ptrdiff_t>(count));
  return rest;
}

template <typename T>
void erase_range(std::vector<T>& list, std::size_t from, std::size_t count) {
  const auto first = list.begin() + static_cast<std::ptrdiff_t>(from);
  list.erase(first, first + static_cast<std::ptrdiff_t>(count));
}

/// The rules of the event that a step is, if it is one.
RulesBlock* rules_of(ScenarioStep& step) {
  return step.stimulus.event ? std::get_if<RulesBlock>(&*step.stimulus.event) : nullptr;
}

/// Every text of rules: the blocks on top, then those of events.
std::vector<RulesBlock*> blocks_of(Scenario& scenario) {
  std::vector<RulesBlock*> blocks;
  for (auto& block : scenario.rules)
    blocks.push_back(&block);
  for (auto& step : scenario.steps)
    if (auto* block = rules_of(step)) blocks.push_back(block);
  return blocks;
}

/// A nested packet's inside, and a quoted text's.
bool is_nested(const std::string& word) {
  return word.size() > 2 && word.front() == '[' && word.back() == ']';
}
bool is_quoted(const std::string& word) {
  return word.size() > 2 && word.front() == '"' && word.back() == '"';
}

/// One reduction: the smallest scenario so far that still shows it, and the questions asked.
class Reducer {
 public:
  Reducer(const Scenario& scenario, const StillShows& still_shows, const ReduceLimits& limits)
      : best_{.scenario = scenario}, still_shows_(still_shows), limits_(limits) {}

  Reduced run() {
    std::string before;
    for (std::string now = print_scenario(best_.scenario); now != before && runs_left();
         now = print_scenario(best_.scenario)) {
      before = now;
      drop_pins();
      drop_steps();
      drop_waits();
      drop_words();
      drop_rules();
      drop_sysctls();
      simplify_box();
    }
    return std::move(best_);
  }

 private:
  [[nodiscard]] bool runs_left() const { return best_.runs < limits_.most_runs; }

  /// Keeps the candidate when it still shows what matters. It is printed and parsed before, so that
  /// whatever follows from its lines (settings, places) is as in a file.
  bool accept(const Scenario& candidate) {
    if (!runs_left()) return false;
    auto parsed = parse_scenario(print_scenario(candidate), candidate.path);
    if (!parsed) return false;
    ++best_.runs;
    if (!still_shows_(*parsed)) return false;
    best_.scenario = std::move(*parsed);
    return true;
  }

  template <typename Edit>
  bool accept_edited(const Edit& edit) {
    Scenario candidate = best_.scenario;
    edit(candidate);
    return accept(candidate);
  }

  void drop_pins() {
    if (limits_.pins == Pins::keep) return;
    const auto none = [](Scenario& s) {
      for (auto& step : s.steps)
        step.pins.clear(), step.shoulds.clear();
    };
    if (has_pins() && accept_edited(none)) return;
    for (auto i = best_.scenario.steps.size(); i-- > 0;) {
      if (!best_.scenario.steps[i].pins.empty())
        accept_edited([&](Scenario& s) { s.steps[i].pins.clear(); });
    }
  }

  [[nodiscard]] bool has_pins() const {
    return std::ranges::any_of(best_.scenario.steps, [](const ScenarioStep& step) {
      return !step.pins.empty() || !step.shoulds.empty();
    });
  }

  void drop_steps() {
    leave_out(best_.scenario.steps.size(), [&](std::size_t from, std::size_t count) {
      return count < best_.scenario.steps.size() &&
             accept_edited([&](Scenario& s) { erase_range(s.steps, from, count); });
    });
  }

  void drop_waits() {
    for (std::size_t i = 0; i < best_.scenario.steps.size(); ++i)
      if (best_.scenario.steps[i].stimulus.wait != 0)
        accept_edited([&](Scenario& s) { s.steps[i].stimulus.wait = 0; });
  }

  void drop_words() {
    for (std::size_t i = 0; i < best_.scenario.steps.size(); ++i) {
      if (best_.scenario.steps[i].stimulus.event) continue;
      const auto& packet = best_.scenario.steps[i].stimulus.packet;
      if (packet.kind == PacketSource::Kind::hex)
        accept_packet(i, wire::print_packet(packet.bytes));
      if (best_.scenario.steps[i].stimulus.packet.kind != PacketSource::Kind::notation) continue;
      const auto words = words_of_packet(text_of(i));
      simplify_words(
          words, [this, i](const Words& candidate) { return accept_packet(i, joined(candidate)); });
    }
  }

  [[nodiscard]] std::string text_of(std::size_t step) const {
    return best_.scenario.steps[step].stimulus.packet.notation.print();
  }

  /// Leaves words out ("ttl 63" are two), shortens texts, and goes into what is nested; the
  /// protocol and the two ends must stay.
  void simplify_words(Words words, const std::function<bool(const Words&)>& accepted) {
    constexpr std::size_t skeleton = 4;
    const auto drop = [&](std::size_t from, std::size_t count) {
      if (from + count > words.size()) return false;
      auto candidate = without(words, from, count);
      if (!accepted(candidate)) return false;
      words = std::move(candidate);
      return true;
    };
    if (words.size() <= skeleton) return;
    leave_out(words.size() - skeleton,
              [&](std::size_t from, std::size_t count) { return drop(skeleton + from, count); });
    // A field and its value are one word each, wherever the halves were cut.
    for (auto at = words.size(); at-- > skeleton;)
      drop(at, 2);
    for (std::size_t at = skeleton; at < words.size(); ++at)
      simplify_word(words, at, accepted);
  }

  void simplify_word(Words& words, std::size_t at,
                     const std::function<bool(const Words&)>& accepted) {
    const auto replace = [&](std::string word) {
      auto candidate = words;
      candidate[at] = std::move(word);
      if (!accepted(candidate)) return false;
      words = std::move(candidate);
      return true;
    };
    while (is_quoted(words[at]) && words[at].find('\\') == std::string::npos &&
           replace(words[at].substr(0, words[at].size() / 2) + "\"")) {
    }
    if (!is_nested(words[at])) return;
    const auto inside =
        words_of_packet(std::string_view(words[at]).substr(1, words[at].size() - 2));
    simplify_words(inside,
                   [&](const Words& inner) { return replace("[ " + joined(inner) + " ]"); });
  }

  bool accept_packet(std::size_t step, const std::string& text) {
    auto packet = wire::parse_packet(text);
    if (!packet) return false;
    return accept_edited([&](Scenario& s) {
      auto& source = s.steps[step].stimulus.packet;
      source.kind = PacketSource::Kind::notation;
      source.notation = std::move(packet.value());
    });
  }

  void drop_rules() {
    leave_out(best_.scenario.rules.size(), [&](std::size_t from, std::size_t count) {
      return accept_edited([&](Scenario& s) { erase_range(s.rules, from, count); });
    });
    for (std::size_t block = 0; block < blocks_of(best_.scenario).size(); ++block)
      while (drop_a_piece(block)) {
      }
  }

  /// True when one was dropped and others may follow: the text is another one then. What could not
  /// go is not tried again.
  bool drop_a_piece(std::size_t block) {
    const std::string text = blocks_of(best_.scenario)[block]->text;
    for (const Extent piece : pieces_of_rules(text)) {
      auto shorter = text;
      shorter.erase(piece.from, piece.count);
      if (!tried_.insert(shorter).second) continue;
      if (accept_edited([&](Scenario& s) { blocks_of(s)[block]->text = shorter; })) return true;
    }
    return false;
  }

  void drop_sysctls() {
    leave_out(best_.scenario.sysctls.size(), [&](std::size_t from, std::size_t count) {
      return accept_edited([&](Scenario& s) { erase_range(s.sysctls, from, count); });
    });
  }

  /// The box of the topology's name as it is without further lines; else fewer routes.
  void simplify_box() {
    const auto plain = default_topology(best_.scenario.topology_name);
    const auto is_plain = [&] {
      Scenario candidate = best_.scenario;
      candidate.topology = *plain;
      return print_scenario(candidate) == print_scenario(best_.scenario);
    };
    if (plain && !is_plain() && accept_edited([&](Scenario& s) { s.topology = *plain; })) return;
    const std::size_t usual = plain ? plain->routes.size() : 0;
    const std::size_t routes = best_.scenario.topology.routes.size();
    if (routes <= usual) return;
    leave_out(routes - usual, [&](std::size_t from, std::size_t count) {
      return accept_edited(
          [&](Scenario& s) { erase_range(s.topology.routes, usual + from, count); });
    });
  }

  Reduced best_;
  const StillShows& still_shows_;
  ReduceLimits limits_;
  std::set<std::string> tried_;  // texts of rules that were tried
};

}  // namespace

Reduced reduce(const Scenario& scenario, const StillShows& still_shows,
               const ReduceLimits& limits) {
  return Reducer(scenario, still_shows, limits).run();
}

void leave_out(std::size_t units,
               const std::function<bool(std::size_t from, std::size_t count)>& without) {
  for (std::size_t chunk = units; chunk > 0; chunk /= 2) {
    for (std::size_t end = units; end > 0;) {
      const std::size_t from = end > chunk ? end - chunk : 0;
      if (without(from, end - from)) units -= end - from;
      end = from;
    }
    chunk = std::min(chunk, units + units % 2);
  }
}

}  // namespace natstep::harness
