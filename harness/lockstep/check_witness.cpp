// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/check.h"
#include "harness/lockstep/field_diff.h"
#include "harness/scapy/scapy.h"
#include "model/wire/ipv4.h"

#include <algorithm>
#include <vector>

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

/// The fragment `next` continues the datagram `whole`, of which everything before it is there.
bool continues(wire::ByteView whole, wire::ByteView next) {
  const auto before = wire::Ipv4View::parse(whole), after = wire::Ipv4View::parse(next);
  return before && after && before->mf() && before->header_fits() && after->header_fits() &&
         before->id() == after->id() && after->fragment_offset() == before->payload().size();
}

void append(wire::Bytes& whole, wire::ByteView next) {
  const wire::Ipv4View fragment(next);
  const auto payload = fragment.payload();
  whole.insert(whole.end(), payload.begin(), payload.end());
  wire::Ipv4Edit datagram(whole);
  datagram.set_total_length(static_cast<std::uint16_t>(whole.size()));
  datagram.set_fragment_word(
      static_cast<std::uint16_t>(fragment.fragment_word() & ~wire::ipv4::offset_mask));
  datagram.fill_checksum();
}

/// Scapy sums up what it is shown, so that it must see fragments as the datagram that they were.
template <typename Frames>
std::vector<wire::Bytes> datagrams(const Frames& frames) {
  std::vector<wire::Bytes> whole;
  for (const auto& frame : frames) {
    if (!whole.empty() && continues(whole.back(), frame.bytes)) {
      append(whole.back(), frame.bytes);
    } else {
      whole.push_back(frame.bytes);
    }
  }
  return whole;
}

template <typename Frames>
std::string testimonies(Scapy& scapy, const Frames& frames) {
  for (const wire::Bytes& datagram : datagrams(frames)) {
    auto said = testimony(scapy, datagram);
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
