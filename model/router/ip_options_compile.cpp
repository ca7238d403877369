// SPDX-License-Identifier: GPL-2.0-or-later
// Reading the options of a packet that came in. Source: net/ipv4/ip_options.c
// (__ip_options_compile).
#include "model/clause_names.h"
#include "model/missing.h"
#include "model/packet.h"
#include "model/router/fib.h"
#include "model/router/ip_options.h"
#include "model/router/route.h"
#include "model/wire/ipv4.h"

#include <algorithm>
#include <string>

namespace natstep::model {
namespace {

constexpr std::size_t length_at = 1, pointer_at = 2, overflow_at = 3;

/// fib_compute_spec_dst: the address under which the sender knows the box.
std::uint32_t address_that_was_met(Step& step, const Packet& packet, RouteKind route) {
  const wire::Ipv4View header(packet.bytes);
  if (route == RouteKind::local) return header.dst();
  auto own = preferred_source(step, header.src_address());
  if (!own) own = select_address(step.topology(), packet.in, header.src_address());
  return own ? own->ipv4_value() : 0;
}

/// One pass over the options of a packet.
class Compiler {
 public:
  Compiler(Step& step, Packet& packet, RouteKind route)
      : step_(step),
        packet_(packet),
        route_(route),
        options_(wire::MutableByteView(packet.bytes)
                     .first(wire::Ipv4View(packet.bytes).header_length())
                     .subspan(wire::ipv4::options)) {}

  std::optional<std::size_t> run() {
    for (std::size_t at = 0; at < options_.size();) {
      if (options_[at] == option::end) {
        clear_from(at + 1);
        return std::nullopt;
      }
      if (options_[at] == option::nop) {
        ++at;
        continue;
      }
      if (const auto malformed = read(at)) return wire::ipv4::options + *malformed;
      at += options_[at + length_at];
    }
    return std::nullopt;
  }

 private:
  using Malformed = std::optional<std::size_t>;  // counted from the first option

  Malformed read(std::size_t at) {
    if (at + 1 >= options_.size()) return at;
    const std::size_t length = options_[at + length_at];
    if (length < 2 || at + length > options_.size()) return at;
    const wire::MutableByteView one = options_.subspan(at, length);
    const auto wrong = read_known(one, at);
    return wrong ? Malformed(at + *wrong) : std::nullopt;
  }

  /// What is wrong is counted from the option on.
  Malformed read_known(wire::MutableByteView one, std::size_t at) {
    switch (one[0]) {
      case option::loose_source_route:
      case option::strict_source_route:
        return read_source_route(one, at);
      case option::record_route:
        return read_record_route(one, at);
      case option::timestamp:
        return read_timestamp(one, at);
      case option::router_alert:
        return one.size() < 4 && step_.holds(Clause::short_router_alert_is_malformed)
                   ? Malformed(length_at)
                   : std::nullopt;
      case option::cipso:
        step_.unspecified(Missing::ip_option, std::to_string(one[0]));
        return std::nullopt;
      default:
        return std::nullopt;
    }
  }

  /// An option of which there may be one only, whose pointer is `first` or more.
  Malformed read_head(wire::ByteView one, std::size_t seen, std::size_t shortest) {
    if (seen != 0 && step_.holds(Clause::second_option_of_its_kind_is_malformed)) return 0;
    if (one.size() < shortest) return length_at;
    const bool pointer_too_small = one[pointer_at] < shortest + 1;
    return pointer_too_small ? Malformed(pointer_at) : std::nullopt;
  }

  /// Of source routes the length and the pointer are judged first.
  Malformed read_source_route(wire::ByteView one, std::size_t at) {
    CompiledOptions& found = packet_.options;
    if (const auto wrong = read_head(one, 0, 3)) return wrong;
    if (const auto wrong = read_head(one, found.source_route, 3)) return wrong;
    found.strict = one[0] == option::strict_source_route;
    found.source_route = wire::ipv4::options + at;
    return std::nullopt;
  }

  /// Whether `bytes` fit from the pointer on; a place that is cut off is malformed.
  bool cut_off(wire::ByteView one, std::size_t bytes) {
    return one[pointer_at] + bytes - 1 > one.size() &&
           step_.holds(Clause::half_a_place_is_malformed);
  }

  Malformed read_record_route(wire::MutableByteView one, std::size_t at) {
    CompiledOptions& found = packet_.options;
    if (const auto wrong = read_head(one, found.record_route, 3)) return wrong;
    found.record_route = wire::ipv4::options + at;
    const std::size_t pointer = one[pointer_at];
    if (pointer > one.size()) return std::nullopt;
    if (cut_off(one, option::place)) {
      found.record_route = 0;
      return pointer_at;
    }
    if (pointer + option::place - 1 > one.size()) return std::nullopt;
    if (!step_.holds(Clause::record_route_is_written_on_arrival)) return std::nullopt;
    wire::store_be32(&one[pointer - 1], address_that_was_met(step_, packet_, route_));
    one[pointer_at] = static_cast<std::uint8_t>(pointer + option::place);
    found.route_to_record = true;
    found.changed = true;
    return std::nullopt;
  }

  Malformed read_timestamp(wire::MutableByteView one, std::size_t at) {
    CompiledOptions& found = packet_.options;
    if (const auto wrong = read_head(one, found.timestamp, 4)) return wrong;
    const auto wrong = one[pointer_at] > one.size() ? count_overflow(one) : stamp(one);
    if (!wrong) found.timestamp = wire::ipv4::options + at;
    return wrong;
  }

  /// A station that finds no room counts itself; sixteen cannot be counted.
  Malformed count_overflow(wire::MutableByteView one) {
    constexpr std::uint8_t step_of_overflow = 0x10, highest = 0xf0, prespecified = 3;
    if ((one[overflow_at] & 0x0f) == prespecified) return std::nullopt;
    if (!step_.holds(Clause::timestamp_overflow_is_counted)) return std::nullopt;
    if ((one[overflow_at] & 0xf0) == highest) return overflow_at;
    one[overflow_at] = static_cast<std::uint8_t>(one[overflow_at] + step_of_overflow);
    packet_.options.changed = true;
    return std::nullopt;
  }

  /// Times are written at once; the model has no clock. What is left to others stays as it is.
  Malformed stamp(wire::MutableByteView one) {
    constexpr std::uint8_t times_only = 0, times_and_addresses = 1, prespecified = 3;
    const std::uint8_t kind = one[overflow_at] & 0x0f;
    const bool pairs = kind == times_and_addresses || kind == prespecified;
    if (cut_off(one, option::place)) return pointer_at;
    if (pairs && cut_off(one, 2 * option::place)) return pointer_at;
    if (kind == prespecified) {
      const std::uint32_t whose = wire::load_be32(&one[one[pointer_at] - std::size_t{1}]);
      if (inet_unicast(whose)) return std::nullopt;
    } else if (kind != times_only && kind != times_and_addresses) {
      return std::nullopt;
    }
    step_.unspecified(Missing::time_of_day_in_option);
    return std::nullopt;
  }

  /// inet_addr_type: an address that belongs to somebody else.
  bool inet_unicast(std::uint32_t address) {
    const RouteKind kind = route_output(step_, wire::Address::ipv4(address)).kind;
    return kind != RouteKind::local && kind != RouteKind::broadcast && address >> 24 != 0;
  }

  void clear_from(std::size_t end) {
    const auto rest = options_.subspan(end);
    const bool clear = std::ranges::all_of(rest, [](std::uint8_t byte) { return byte == 0; });
    if (clear || !step_.holds(Clause::bytes_behind_end_of_options_are_zeroed)) return;
    std::ranges::fill(rest, std::uint8_t{0});
    packet_.options.changed = true;
  }

  Step& step_;
  Packet& packet_;
  RouteKind route_;
  wire::MutableByteView options_;
};

}  // namespace

std::optional<std::size_t> compile_options(Step& step, Packet& packet, const RouteDecision& route) {
  packet.options = {};
  return Compiler(step, packet, route.kind).run();
}

}  // namespace natstep::model
