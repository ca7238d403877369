// SPDX-License-Identifier: GPL-2.0-or-later
// The options of what the box answers. Source: net/ipv4/ip_options.c (__ip_options_echo,
// ip_options_build).
#include "model/clause_names.h"
#include "model/packet.h"
#include "model/router/ip_options.h"
#include "model/wire/ipv4.h"

#include <algorithm>

namespace natstep::model {
namespace {

constexpr std::size_t length_at = 1, pointer_at = 2;

wire::ByteView option_at(const Packet& packet, std::size_t at) {
  return wire::ByteView(packet.bytes).subspan(at, packet.bytes[at + length_at]);
}

/// The record route goes back with one more place taken, for the box's answer. False when the place
/// is cut off.
bool echo_record_route(const Packet& cause, wire::Bytes& out) {
  const wire::ByteView one = option_at(cause, cause.options.record_route);
  const std::size_t start = out.size();
  out.insert(out.end(), one.begin(), one.end());
  const std::size_t pointer = one[pointer_at];
  if (!cause.options.route_to_record || pointer > one.size()) return true;
  if (pointer + option::place - 1 > one.size()) return false;
  out[start + pointer_at] = static_cast<std::uint8_t>(pointer + option::place);
  return true;
}

/// The places that a source route has passed, the last first; what remained ahead is no way back.
/// Without the sender itself, which some put in front.
std::vector<std::uint32_t> way_back(const Packet& cause, wire::ByteView one) {
  const std::size_t passed = std::min<std::size_t>(one[pointer_at], one.size() + 1);
  std::vector<std::uint32_t> hops;
  for (std::size_t end = passed; end >= option::shortest_pointer + option::place;
       end -= option::place)
    hops.push_back(wire::load_be32(&one[end - option::place - 1]));
  const bool begins_with_sender = !hops.empty() && hops.back() == wire::Ipv4View(cause.bytes).src();
  if (begins_with_sender) hops.pop_back();
  return hops;
}

/// The last place is the sender's; it stands outside of the option until then.
void echo_source_route(const Packet& cause, ReplyOptions& reply) {
  const wire::ByteView one = option_at(cause, cause.options.source_route);
  const auto hops = way_back(cause, one);
  if (hops.empty()) return;
  reply.first_hop = hops.front();
  const std::size_t start = reply.bytes.size();
  reply.bytes.resize(start + 3 + hops.size() * option::place);
  reply.bytes[start] = one[0];
  reply.bytes[start + length_at] = static_cast<std::uint8_t>(3 + hops.size() * option::place);
  reply.bytes[start + pointer_at] = option::shortest_pointer;
  for (std::size_t i = 1; i < hops.size(); ++i)
    wire::store_be32(&reply.bytes[start + 3 + (i - 1) * option::place], hops[i]);
  wire::store_be32(&reply.bytes[reply.bytes.size() - option::place],
                   wire::Ipv4View(cause.bytes).src());
}

}  // namespace

std::optional<ReplyOptions> echo_options(Step& step, const Packet& cause) {
  const CompiledOptions& read = cause.options;
  ReplyOptions reply;
  const bool any = read.record_route != 0 || read.timestamp != 0 || read.source_route != 0;
  if (!any || !step.holds(Clause::answer_echoes_the_options)) return reply;
  if (read.record_route != 0 && !echo_record_route(cause, reply.bytes)) return std::nullopt;
  if (read.timestamp != 0) {
    const wire::ByteView one = option_at(cause, read.timestamp);
    reply.bytes.insert(reply.bytes.end(), one.begin(), one.end());
  }
  if (read.source_route != 0) echo_source_route(cause, reply);
  while (reply.bytes.size() % 4 != 0)
    reply.bytes.push_back(option::end);
  return reply;
}

void record_own_address(wire::MutableByteView options, const Packet& cause, std::uint32_t own) {
  const CompiledOptions& read = cause.options;
  if (!read.route_to_record || options.empty()) return;
  const wire::ByteView before = option_at(cause, read.record_route);
  if (before[pointer_at] > before.size()) return;
  wire::store_be32(&options[before[pointer_at] - std::size_t{1}], own);
}

}  // namespace natstep::model
