// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/router/route_words.h"

namespace natstep::model {
namespace {

std::string port_text(const Step& step, PortId port) {
  if (port == loopback_port) return "lo";
  return port < step.topology().ports.size() ? step.topology().ports[port].name : "?";
}

}  // namespace

std::string decision_text(const Step& step, const RouteDecision& decision) {
  switch (decision.kind) {
    case RouteKind::local:
      return "local";
    case RouteKind::broadcast:
      return "local (broadcast)";
    case RouteKind::forward:
      return "forward to " + port_text(step, decision.out);
    case RouteKind::unreachable:
      return "unreachable";
    case RouteKind::prohibit:
      return "prohibited";
    case RouteKind::blackhole:
      return "blackhole";
    case RouteKind::martian:
      return "martian: " + std::string(decision.reason);
    case RouteKind::no_route:
      return "no route";
  }
  return {};
}

Verdict verdict_of(const RouteDecision& decision) {
  const bool passes = decision.kind == RouteKind::local || decision.kind == RouteKind::broadcast ||
                      decision.kind == RouteKind::forward;
  return passes ? Verdict::accept : Verdict::drop;
}

}  // namespace natstep::model
