// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/observation.h"

#include <utility>

namespace natstep::netns {
namespace {

wire::Bytes copy(wire::ByteView bytes, std::vector<wire::Bytes>& spare) {
  wire::Bytes result;
  if (!spare.empty()) {
    result = std::move(spare.back());
    spare.pop_back();
  }
  result.assign(bytes.begin(), bytes.end());
  return result;
}

}  // namespace

void Observation::clear() {
  for (Frame& frame : frames)
    spare.push_back(std::move(frame.bytes));
  for (TapRecord& tap : taps)
    spare.push_back(std::move(tap.bytes));
  frames.clear();
  taps.clear();
  events.clear();
  expectations.clear();
  refused.reset();
}

Frame& Observation::add_frame(PortId port, wire::ByteView bytes) {
  return frames.emplace_back(Frame{.port = port, .bytes = copy(bytes, spare)});
}

TapRecord& Observation::add_tap(wire::ByteView bytes) {
  TapRecord& record = taps.emplace_back();
  record.bytes = copy(bytes, spare);
  return record;
}

}  // namespace natstep::netns
