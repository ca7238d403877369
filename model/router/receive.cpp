// SPDX-License-Identifier: GPL-2.0-or-later
// ip_rcv_core: what is no IPv4 packet never reaches a hook. Source: net/ipv4/ip_input.c; RFC 1122
// section 3.2.1, RFC 1812 section 5.2.2.
#include "model/clause_names.h"
#include "model/packet.h"
#include "model/router/route.h"
#include "model/wire/ipv4.h"

namespace natstep::model {
namespace {

constexpr std::uint8_t ip_version = 4;

std::optional<std::string_view> refuse_header(Step& step, const wire::Ipv4View& header) {
  if (header.version() != ip_version) return "the version is not 4";
  if (header.header_length() < wire::ipv4::min_size) return "the header length is below 20";
  if (!header.header_fits()) return "the header is longer than the packet";
  if (!header.checksum_valid() && step.holds(Clause::bad_header_checksum_is_not_received)) {
    return "the header checksum is wrong";
  }
  return std::nullopt;
}

std::optional<std::string_view> refuse_length(Step& step, const wire::Ipv4View& header) {
  if (header.total_length() > header.bytes().size() &&
      step.holds(Clause::truncated_packet_is_not_received)) {
    return "the total length is more than what came";
  }
  if (header.total_length() < header.header_length()) {
    return "the total length is less than the header";
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> ip_rcv(Step& step, Packet& packet) {
  const auto header = wire::Ipv4View::parse(packet.bytes);
  if (!header) return "shorter than an IPv4 header";
  if (const auto reason = refuse_header(step, *header)) return reason;
  if (const auto reason = refuse_length(step, *header)) return reason;
  const std::size_t length = header->total_length();
  if (length < packet.bytes.size() && step.holds(Clause::bytes_behind_the_packet_are_trimmed)) {
    packet.bytes.resize(length);
  }
  return std::nullopt;
}

}  // namespace natstep::model
