// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/entry_events.h"

#include "fuzz/forge.h"
#include "fuzz/packet_parts.h"
#include "fuzz/patch.h"
#include "harness/scenario/scenario_lines.h"
#include "model/conntrack/tuple.h"
#include "model/packet.h"
#include "model/protocol.h"
#include "model/wire/ipv4.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace natstep::fuzz {
namespace {

using harness::WriteEntryEvent;
using Text = std::string_view;

template <typename Table>
const auto& at(const Table& table, std::size_t index) {
  return table[index % table.size()];
}

// What user space writes into an entry; a state is TCP's alone.
constexpr std::array<Text, 14> changes{"timeout 60",
                                       "mark 7",
                                       "timeout 500 fixed-timeout",
                                       "timeout 0",
                                       "CLOSE",
                                       "assured",
                                       "timeout 900 mark 9 fixed-timeout",
                                       "replied",
                                       "ESTABLISHED",
                                       "mark 0",
                                       "replied assured",
                                       "TIME_WAIT",
                                       "timeout 77 zone 5",
                                       "SYN_SENT"};
constexpr std::array<Text, 11> makings{"timeout 120",
                                       "timeout 120 replied",
                                       "timeout 500 replied assured ESTABLISHED",
                                       "timeout 120 replied assured",
                                       "timeout 300 SYN_SENT",
                                       "timeout 30 mark 7",
                                       "timeout 120 zone 5",
                                       "timeout 100 fixed-timeout",
                                       "timeout 120 zone 1",

                                       "timeout 300 replied ESTABLISHED mark 3",
                                       "timeout 60 CLOSE"};

// Indexes into the addresses of packet_parts.cpp; 0 stands for none.
struct Mapping {
  std::uint8_t source = 0;
  std::uint16_t source_port = 0;
  std::uint8_t destination = 0;
  std::uint16_t destination_port = 0;
};
constexpr std::array<Mapping, 7> mappings{{{},
                                           {.source = 5},
                                           {.source = 2, .source_port = 4000},
                                           {.source = 5, .source_port = 5000},
                                           {.destination = 8},
                                           {.destination = 4, .destination_port = 8080},
                                           {.source = 2, .destination = 4}}};

/// Without the state when it is not of this protocol.
std::string fitting(Text words, std::uint8_t protocol) {
  if (protocol == wire::ip_protocol::tcp) return std::string(words);
  std::string fit;
  for (std::size_t from = 0; from < words.size();) {
    const std::size_t end = std::min(words.find(' ', from), words.size());
    const Text word = words.substr(from, end - from);
    const bool state = word[0] >= 'A' && word[0] <= 'Z';
    if (!state) fit += fmt::format("{}{}", fit.empty() ? "" : " ", word);
    from = end + 1;
  }
  return fit.empty() ? "timeout 60" : fit;
}

/// The tuple of the packet's flow, or of the answers to one that left. ctnetlink has no words for a
/// flow without answers.
std::optional<model::Tuple> tuple_of(const Spoken& about) {
  const auto where = model::locate_l4(about.packet);
  // Whether tuples of DCCP have ports depends on the kernel.
  const bool known = where && where->protocol != model::protocol::dccp;
  const auto tuple = known ? model::tuple_of(about.packet, *where) : std::nullopt;
  const auto answers = tuple ? model::invert(*tuple) : std::nullopt;
  if (!answers) return std::nullopt;
  return about.left ? answers : tuple;
}

/// Calls of PPTP are known by what their control connection said.
bool is_of_a_call(const model::Tuple& tuple) {
  return tuple.protocol == model::protocol::gre && (tuple.src_id != 0 || tuple.dst_id != 0);
}

std::optional<harness::CtPin> entry_of(const model::Tuple& tuple, Text words) {
  auto read = harness::read_ct_pin(fmt::format("{}{}", model::to_string(tuple), words));
  return read ? std::optional(std::move(read.value())) : std::nullopt;
}

std::optional<harness::WrittenMapping> mapping_to(wire::AddressFamily family, std::uint8_t index,
                                                  std::uint16_t port) {
  if (index == 0) return std::nullopt;
  harness::WrittenMapping to{.address = address(family, index)};
  if (port != 0) to.port = port;
  return to;
}

/// Whether what is patched is still a packet that the rest of the box would have let in.
bool leaves_it_whole(const Patch& patch) {
  using enum Patch::Field;
  return patch.field == ttl || patch.field == tos || patch.field == payload ||
         (patch.field >= src_port && patch.field <= rest && patch.field != l4_length);
}

struct Release {
  std::uint16_t queue = 1;
  model::ReleaseVerdict verdict = model::ReleaseVerdict::accept;
  bool replaced = false;
};
constexpr std::array<Release, 6> releases{{{},
                                           {.replaced = true},
                                           {.verdict = model::ReleaseVerdict::drop},
                                           {.queue = 2},
                                           {.queue = 2, .replaced = true},
                                           {.queue = 2, .verdict = model::ReleaseVerdict::drop}}};

}  // namespace

std::size_t entry_changes() {
  return changes.size();
}

std::size_t entry_makings() {
  return makings.size();
}

std::size_t mapping_choices() {
  return mappings.size();
}

std::size_t queue_releases() {
  return releases.size();
}

std::optional<harness::Event> removed_entry(const Spoken& about) {
  const auto tuple = tuple_of(about);
  const auto entry = tuple ? entry_of(*tuple, {}) : std::nullopt;
  if (!entry) return std::nullopt;
  return harness::DeleteEntryEvent{.tuple = entry->original};
}

std::optional<harness::Event> changed_entry(const Op& op, const Spoken& about) {
  const auto tuple = tuple_of(about);
  if (!tuple) return std::nullopt;
  auto entry = entry_of(*tuple, " " + fitting(at(changes, op.content), tuple->protocol));
  if (!entry) return std::nullopt;
  return WriteEntryEvent{.kind = WriteEntryEvent::Kind::update, .entry = *std::move(entry)};
}

std::optional<harness::Event> made_entry(const Op& op, const model::Topology& topology) {
  const wire::Bytes packet = fresh_packet(op, topology);
  const auto original = tuple_of({.packet = packet});
  if (!original || is_of_a_call(*original)) return std::nullopt;
  const Mapping& mapping = at(mappings, op.extra);
  auto entry = entry_of(*original, " " + fitting(at(makings, op.content), original->protocol));
  if (!entry) return std::nullopt;
  const auto family = original->src.family;
  return WriteEntryEvent{
      .kind = WriteEntryEvent::Kind::create,
      .entry = *std::move(entry),
      .source = mapping_to(family, mapping.source, mapping.source_port),
      .destination = mapping_to(family, mapping.destination, mapping.destination_port)};
}

std::optional<harness::Event> released_packet(const Op& op, const Spoken& about) {
  const Release& chosen = at(releases, op.content);
  harness::ReleaseEvent event{.queue = chosen.queue, .verdict = chosen.verdict};
  if (!chosen.replaced) return event;
  wire::Bytes packet(about.packet.begin(), about.packet.end());
  // Who writes a packet anew sums it up as well.
  std::vector<Patch> patches;
  std::ranges::copy_if(op.patches, std::back_inserter(patches), leaves_it_whole);
  for (Patch& patch : patches)
    patch.when = Patch::When::before_checksums;
  apply_patches(packet, patches, true);
  if (packet.empty()) return std::nullopt;
  event.packet = {.kind = harness::PacketSource::Kind::hex, .bytes = std::move(packet)};
  return event;
}

}  // namespace natstep::fuzz
