// SPDX-License-Identifier: GPL-2.0-or-later
// IP options on the way through the box. Source: net/ipv4/ip_input.c (ip_rcv_options),
// net/ipv4/ip_options.c.
#pragma once

#include "model/router/compiled_options.h"
#include "model/wire/bytes.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace natstep::model {

struct Packet;
struct RouteDecision;
class Step;

/// RFC 791 section 3.1, with the copied bit.
namespace option {
inline constexpr std::uint8_t end = 0;
inline constexpr std::uint8_t nop = 1;
inline constexpr std::uint8_t record_route = 7;
inline constexpr std::uint8_t timestamp = 68;
inline constexpr std::uint8_t loose_source_route = 131;
inline constexpr std::uint8_t cipso = 134;
inline constexpr std::uint8_t strict_source_route = 137;
inline constexpr std::uint8_t router_alert = 148;
inline constexpr std::uint8_t shortest_pointer = 4;  // the first place behind type, length, pointer
inline constexpr std::size_t place = 4;              // an address or a time
}  // namespace option

/// ip_options_compile: reads the options of `packet`, writes into them what a router writes, and
/// notes both in packet.options. Returns where an option is that cannot be read, counted from the
/// IP header on.
std::optional<std::size_t> compile_options(Step& step, Packet& packet, const RouteDecision& route);

/// ip_rcv_options. False when the options end the packet: one that cannot be read, which the sender
/// is told of, or a source route that leads nowhere. A source route may change `route`.
bool accept_options(Step& step, Packet& packet, RouteDecision& route);

/// ip_forward_options: the address of the way out is recorded, a source route goes one hop on, and
/// the header checksum learns of what the options have become.
void finish_options(Step& step, Packet& packet);

/// The options of an answer, and where a source route in them sends it first.
struct ReplyOptions {
  wire::Bytes bytes{};
  std::optional<std::uint32_t> first_hop{};
};

/// __ip_options_echo: the options of what the box answers to `cause`. Nothing when they allow no
/// answer.
std::optional<ReplyOptions> echo_options(Step& step, const Packet& cause);

/// ip_options_build: the box's own address goes into the record route of its answer to `cause`.
void record_own_address(wire::MutableByteView options, const Packet& cause, std::uint32_t own);

}  // namespace natstep::model
