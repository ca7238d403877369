// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/finding/reproducer.h"

#include "harness/finding/judged.h"
#include "harness/finding/python_literal.h"
#include "harness/finding/reproducer_text.h"
#include "harness/finding/signature.h"
#include "harness/finding/steps.h"
#include "harness/lockstep/check.h"
#include "harness/lockstep/convert.h"
#include "harness/lockstep/deviation.h"
#include "harness/report/packet_words.h"
#include "netns/rules_iptables.h"
#include "netns/sysctl.h"

#include <algorithm>
#include <sstream>
#include <string_view>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

using nlohmann::ordered_json;

std::string as_comment(std::string_view text) {
  std::istringstream lines{std::string(text)};
  std::string out;
  for (std::string line; std::getline(lines, line);)
    out += line.empty() ? "#\n" : fmt::format("# {}\n", line);
  return out;
}

/// Index of the step in which it was found: that of the divergence, or where a deviation shows.
std::size_t found_step(const Outcome& outcome) {
  if (outcome.verdict == Verdict::diverged) return outcome.failed_step;
  const auto decides = std::ranges::find_if(outcome.deviations, decides_verdict);
  if (decides == outcome.deviations.end()) return outcome.steps.size() - 1;
  const auto step = std::ranges::find_if(
      outcome.steps, [&](const StepRecord& each) { return each.pos.line == decides->pos.line; });
  return step == outcome.steps.end() ? outcome.steps.size() - 1
                                     : static_cast<std::size_t>(step - outcome.steps.begin());
}

std::string words_about(const Scenario& scenario, const StepRecord& step, Verdict verdict) {
  const auto model = frames_in_words(scenario.topology, step.stimulus, frames_of(step.prediction),
                                     "nothing leaves");
  const auto kernel =
      frames_in_words(scenario.topology, step.stimulus, step.observation.frames, "nothing leaves");
  std::string out = fmt::format("the model   {}\nthe kernel  {}\n", model, kernel);
  if (verdict != Verdict::diverged || step.findings.empty()) return out;
  const Finding& first = step.findings.front();
  return out + fmt::format("{}: {}: the model has {}, the kernel {}\n", to_string(first.aspect),
                           first.subject, first.model, first.kernel);
}

std::string words_about(const Outcome& outcome, const StepRecord& step) {
  std::optional<model::Clause> clause = step.clause;
  const auto decides = std::ranges::find_if(outcome.deviations, decides_verdict);
  if (!clause && decides != outcome.deviations.end()) clause = decides->clause;
  if (!clause) return "";
  const auto& info = model::info(*clause);
  return fmt::format("\nthe model's clause {}: \"{}\"\nbasis {}; kernel {}\n", info.id,
                     info.sentence, info.basis, info.kernel);
}

std::string needs(const ReportContext& context) {
  return fmt::format(
      "\nFound on {}, by natstep {}. This file needs no natstep: python3, iproute2, nft "
      "(or\niptables), /dev/net/tun, and root or user namespaces.\n",
      context.kernel, context.version);
}

std::string header(const Scenario& scenario, const Outcome& outcome, const StepRecord& step,
                   const ReportContext& context) {
  const std::string text =
      scenario.reason + "\n\n" + words_about(scenario, step, outcome.verdict) +
      words_about(outcome, step) + needs(context) +
      "Exit status: 1 when this kernel does what was found, 0 when it does what the "
      "model says,\n2 when it does neither, or cannot be asked.\n";
  return "#!/usr/bin/env python3\n" + as_comment(text);
}

std::string header_of_death(const Scenario& scenario, const ReportContext& context) {
  const std::string text = scenario.reason + "\n" + needs(context) +
                           "Exit status: 1 when this kernel lives and complains in its log, 0 when "
                           "it has nothing to\nsay, 2 when it cannot be asked. One that dies gives "
                           "none: play it in a guest.\n";
  return "#!/usr/bin/env python3\n" + as_comment(text);
}

void put(std::string& out, std::string_view name, const ordered_json& value) {
  out += fmt::format("{} = {}\n", name, python_literal(value));
}

ordered_json pairs(const std::vector<netns::SysctlSpec>& sysctls) {
  auto list = ordered_json::array();
  for (const auto& sysctl : sysctls)
    list.push_back({sysctl.key, sysctl.value});
  return list;
}

ordered_json ports_of(const model::Topology& topology) {
  auto list = ordered_json::array();
  for (const auto& port : topology.ports) {
    auto addresses = ordered_json::array();
    for (const auto& address : port.addresses)
      addresses.push_back(wire::to_string(address));
    list.push_back({port.name, port.mtu, addresses});
  }
  return list;
}

std::string box(const Scenario& scenario) {
  const bool ipv6 = scenario.topology.speaks_ipv6();
  const auto defaults =
      netns::default_sysctls(ipv6 ? netns::Families::ipv4_and_ipv6 : netns::Families::ipv4);
  const bool offload = std::ranges::any_of(
      scenario.steps, [](const ScenarioStep& step) { return step.stimulus.offload; });
  auto routes = ordered_json::array();
  for (const auto& route : scenario.topology.routes)
    routes.push_back(route_for_ip(scenario.topology, route));
  std::vector<netns::SysctlSpec> sysctls;
  for (const auto& line : scenario.sysctls)
    sysctls.push_back({.key = line.key, .value = line.value});
  std::string out = "\n# ---- the box\n";
  put(out, "IPV6", ipv6);
  put(out, "OFFLOAD", offload);
  put(out, "PORTS", ports_of(scenario.topology));
  put(out, "ROUTES", routes);
  put(out, "SYSCTLS", pairs(sysctls));
  out += "RULES = [";
  for (const auto& block : scenario.rules)
    for (const auto& [program, text] : rules_for_tools(block))
      out += fmt::format("\n    (\"{}\", {}),", program, python_text(text));
  out += "\n]\n";
  return out;
}

std::string defaults(const Scenario& scenario) {
  const bool ipv6 = scenario.topology.speaks_ipv6();
  const auto defaults =
      netns::default_sysctls(ipv6 ? netns::Families::ipv4_and_ipv6 : netns::Families::ipv4);
  std::string out = "\n# ---- so that the namespace does nothing of its own accord\n";
  put(out, "SYSCTLS_BEFORE", pairs(defaults.before_ports));
  put(out, "SYSCTLS_BEHIND", pairs(defaults.behind_ports));
  return out;
}

/// Which of the parts a conversation and a judgement call.
std::string parts(const ordered_json& judged, const ordered_json& steps,
                  const ordered_json& queues) {
  const auto mentions = [&](const char* key) {
    return std::ranges::any_of(steps, [&](const ordered_json& step) { return step.contains(key); });
  };
  const auto judge = judged.at("JUDGE").get<std::string>();
  const bool conntrack = judge == "entries" || judge == "expectations" || mentions("ct");
  std::string out = "\n\n" + std::string(reproducer_text::base);
  const auto add = [&](std::string_view part) { out += "\n\n" + std::string(part); };
  if (conntrack || judge == "tap" || !queues.empty()) add(reproducer_text::netlink);
  if (conntrack) add(reproducer_text::conntrack);
  if (!queues.empty()) add(reproducer_text::queue);
  if (judge == "tap") add(reproducer_text::tap);
  if (judge == "life") add(reproducer_text::life);
  add(reproducer_text::main);
  return out;
}

/// What was found, and what of the conversation tells it again.
struct Shown {
  std::string header;
  std::string finding;
  std::size_t last = 0;  // index of the step in which it was found
  JudgedBy judged;
};

std::string program_of(const Scenario& scenario, const Outcome& outcome,
                       const ReportContext& context, const Shown& shown) {
  const ChosenValues chosen(outcome, shown.last);
  const auto steps = steps_for_python(scenario, outcome, shown.last, chosen);
  const auto queues = queues_in(steps);
  std::string out = shown.header + "\n";
  put(out, "FINDING", shown.finding);
  put(out, "KERNEL", context.kernel);
  out += box(scenario) + "\n# ---- the conversation\n";
  put(out, "QUEUES", queues);
  put(out, "STEPS", steps);
  out += "\n# where the kernel showed what it chose: step, frame, offset, length, value\n";
  put(out, "CHOSEN", chosen.shown());
  out += "\n# ---- what came of the last step\n";
  for (const auto& [name, value] : shown.judged.items())
    put(out, name, value);
  return out + defaults(scenario) + parts(shown.judged, steps, queues);
}

}  // namespace

tl::expected<std::string, std::string> reproducer(const Scenario& scenario, const Outcome& outcome,
                                                  const ReportContext& context) {
  const auto signature = signature_of(outcome);
  if (!signature || outcome.steps.empty())
    return tl::unexpected<std::string>("nothing was found that could be shown");
  const std::size_t last = found_step(outcome);
  const StepRecord& step = outcome.steps.at(last);
  const ChosenValues chosen(outcome, last);
  const auto judged = judged_by(scenario, step, outcome.verdict, chosen);
  if (!judged) return tl::unexpected(judged.error());
  return program_of(scenario, outcome, context,
                    {.header = header(scenario, outcome, step, context),
                     .finding = to_string(*signature),
                     .last = last,
                     .judged = *judged});
}

std::string reproducer_of_death(const Scenario& scenario, const Outcome& outcome,
                                const ReportContext& context) {
  return program_of(scenario, outcome, context,
                    {.header = header_of_death(scenario, context),
                     .finding = outcome.reason,
                     .last = outcome.steps.size() - 1,
                     .judged = {{"JUDGE", "life"}}});
}

}  // namespace natstep::harness
