// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/model_player.h"

#include "fuzz/box_parts.h"
#include "fuzz/forge.h"
#include "harness/rules/rules.h"
#include "harness/scenario/topology_lines.h"
#include "model/choice.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

namespace natstep::fuzz {
namespace {

constexpr std::array<std::string_view, 8> sources{
    "",
    "-t nat -A POSTROUTING -o wan -j MASQUERADE\n",
    "-t nat -A POSTROUTING -o wan -j SNAT --to-source 203.0.113.7\n",
    "-t nat -A POSTROUTING -o wan -p udp -j SNAT --to-source 203.0.113.7:4000-4001\n",
    "-t nat -A POSTROUTING -o wan -p tcp -j SNAT --to-source 203.0.113.7:5000\n",
    "-t nat -A POSTROUTING -s 10.0.1.0/24 -j NETMAP --to 192.0.2.0/24\n",
    "-t nat -A POSTROUTING -j MASQUERADE\n",
    "-t nat -A POSTROUTING -o wan -p sctp -j SNAT --to-source 203.0.113.7:5000\n"};
constexpr std::array<std::string_view, 7> destinations{
    "",
    "-t nat -A PREROUTING -i wan -j DNAT --to-destination 10.0.1.2\n",
    "-t nat -A PREROUTING -p udp --dport 53 -j DNAT --to-destination 10.0.2.8:5353\n",
    "-t nat -A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 3128\n",
    "-t nat -A PREROUTING -d 192.0.2.0/24 -j NETMAP --to 10.0.1.0/24\n",
    "-t nat -A OUTPUT -p udp --dport 53 -j DNAT --to-destination 10.0.2.8\n",
    "-t nat -A PREROUTING -i lan -j REDIRECT\n"};
constexpr std::array<std::string_view, 6> filters{
    "",
    "-A FORWARD -m conntrack --ctstate INVALID -j DROP\n",
    "-t raw -A PREROUTING -p udp --dport 53 -j CT --notrack\n",
    "-t raw -A PREROUTING -p tcp --dport 21 -j CT --helper ftp\n",
    "-t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1400\n",
    "-t raw -A PREROUTING -p udp --dport 5060 -j CT --helper sip\n"};

template <typename Table>
std::string_view at(const Table& table, std::uint8_t index) {
  return table[index % table.size()];
}

model::State state_of(const BoxChoice& box, const harness::LockstepOptions& options) {
  const auto names = harness::topology_names();
  model::State state;
  state.profile = options.profile;
  state.broken = options.broken;
  state.topology = harness::default_topology(names[box.topology % names.size()]).value();
  const std::string rules = fmt::format("{}{}{}", at(sources, box.source),
                                        at(destinations, box.destination), at(filters, box.filter));
  if (!rules.empty()) harness::add_iptables_rules(rules, 1, true, state.topology, state.rules);
  harness::settle(state.rules);
  return state;
}

bool deviates(const model::ClauseSet& clauses) {
  for (std::size_t i = 0; i < model::clauses().size(); ++i) {
    if (clauses[i] && model::clauses()[i].conformance == model::Conformance::deviates) return true;
  }
  return false;
}

}  // namespace

const ModelRun& ModelPlayer::play(const Program& program) {
  model::State state = state_of(program.box, options_);
  run_.features.clear();
  run_.broken_law.clear();
  traces_.clear();
  traces_.reserve(most_ops);
  past_.clear();
  clauses_.reset();
  writes_ = harness::writes_of(state.rules);
  for (const Op& op : program.ops) {
    if (!step(op, state)) break;
  }
  return run_;
}

/// The frames that the model lets out stand for the kernel's. Whether to go on.
bool ModelPlayer::step(const Op& op, model::State& state) {
  Forged forged = forge(op, past_, state.topology);
  // Events are for those who have a device to which they can happen.
  if (forged.bytes.empty()) return true;
  Trace& trace = traces_.emplace_back();
  trace.stimulus = std::move(forged);
  model::LowestChooser chooser;
  model::step(state, stimulus_of(trace), chooser, trace.prediction);
  if (trace.prediction.unspecified) return false;
  clauses_ |= trace.prediction.clauses;
  for (const auto& frame : trace.prediction.frames)
    trace.observation.frames.push_back({.port = frame.port, .bytes = frame.bytes});
  note_entries(state, trace);
  run_.features.add_step(trace.prediction, trace.stimulus.bytes, trace.states);
  past_.push_back({.stimulus = trace.stimulus.bytes,
                   .port = trace.stimulus.port,
                   .frames = trace.observation.frames});
  laws_.judge(state, writes_, traces_);
  const auto& findings = trace.findings;
  if (findings.empty() || deviates(clauses_)) return true;
  run_.broken_law = fmt::format("{}: {}", findings.front().subject, findings.front().model);
  return false;
}

}  // namespace natstep::fuzz
