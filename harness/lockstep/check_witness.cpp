// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/check.h"
#include "harness/lockstep/field_diff.h"
#include "harness/scapy/scapy.h"

#include <algorithm>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

constexpr std::string_view subject = "Scapy builds the same bytes again";

/// Where Scapy differs from the packet, or that it does not.
std::string testimony(Scapy& scapy, wire::ByteView packet) {
  const auto rebuilt = scapy.rebuild(packet);
  if (!rebuilt) return rebuilt.error();
  if (std::ranges::equal(*rebuilt, packet)) return std::string(law_holds);
  const auto row = differing_fields(packet, *rebuilt).front();
  return fmt::format("{} is {}, Scapy has {}", row.name, row.model, row.kernel);
}

template <typename Frames>
std::string testimonies(Scapy& scapy, const Frames& frames) {
  for (const auto& frame : frames) {
    auto said = testimony(scapy, frame.bytes);
    if (said != law_holds) return said;
  }
  return std::string(law_holds);
}

}  // namespace

void check_witness(const StepView& view, Scapy& scapy, Findings& findings) {
  // A stimulus that Scapy would write differently (a bad checksum, an absent one) may leave as odd
  // as it came.
  if (testimony(scapy, view.sent) != law_holds) return;
  auto model = testimonies(scapy, view.prediction.frames);
  auto kernel = testimonies(scapy, view.observation.frames);
  if (model == law_holds && kernel == law_holds) return;
  findings.push_back({.aspect = Aspect::laws,
                      .subject = std::string(subject),
                      .model = std::move(model),
                      .kernel = std::move(kernel)});
}

}  // namespace natstep::harness
