// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/model.h"

namespace natstep::model {

std::string_view to_string(Fate fate) {
  switch (fate) {
    case Fate::forwarded:
      return "forwarded";
    case Fate::sent:
      return "sent";
    case Fate::delivered:
      return "delivered";
    case Fate::not_received:
      return "not received";
    case Fate::dropped_by_rule:
      return "dropped by a rule";
    case Fate::dropped_by_conntrack:
      return "dropped by conntrack";
    case Fate::dropped_by_nat:
      return "dropped by NAT";
    case Fate::dropped_by_routing:
      return "dropped by routing";
    case Fate::dropped_at_confirm:
      return "dropped at confirm";
    case Fate::stolen:
      return "stolen";
    case Fate::queued:
      return "queued";
    case Fate::no_packet:
      return "no packet";
  }
  return "unknown fate";
}

void Prediction::clear() {
  frames.clear();
  fate = Fate{};
  reason = {};
  untracked = false;
  walk.clear();
  choices.clear();
  clauses.reset();
  unspecified.reset();
}

}  // namespace natstep::model
