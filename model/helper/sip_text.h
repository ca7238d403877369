// SPDX-License-Identifier: GPL-2.0-or-later
// Reading SIP messages and the session descriptions in them, as the kernel does: line by line, with
// little grammar. RFC 3261 section 7, RFC 4566. Source: net/netfilter/nf_conntrack_sip.c, the
// parsing functions.
#pragma once

#include "model/wire/address.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace natstep::model::sip {

inline constexpr std::uint16_t default_port = 5060;

/// A message, or the beginning of one. The addresses in it are of the connection's family
/// (nf_ct_l3num), and no others are seen.
struct Text : std::string_view {
  wire::AddressFamily family = wire::AddressFamily::ipv4;

  Text(std::string_view text, wire::AddressFamily of = wire::AddressFamily::ipv4)
      : std::string_view(text), family(of) {}
  [[nodiscard]] Text up_to(std::size_t end) const { return {substr(0, end), family}; }
};

/// A part of a message.
struct Part {
  std::size_t at = 0;
  std::size_t size = 0;

  [[nodiscard]] std::size_t end() const { return at + size; }
};

/// An address with a port, as a URI or a Via has it. Without one the port is that of SIP.
struct Endpoint {
  Part part;
  wire::Address address;
  std::uint16_t port = 0;
};

/// The outcome of a search: what was found, that there is nothing, or that it cannot be read.
enum class Found : std::uint8_t { nothing, unreadable, yes };

enum class Header : std::uint8_t {
  cseq,
  from,
  to,
  contact,
  via_udp,
  via_tcp,
  expires,
  content_length,
};

/// ct_sip_get_header: the first such header behind `from`, and the part of it that counts.
Found find_header(const Text& text, std::size_t from, Header header, Part& out);

/// Where a walk over all headers of a type stands.
struct Walk {
  std::size_t at = 0;
  bool inside_list = false;  // of values with commas between them
};

/// ct_sip_parse_header_uri: the next address of such a header. Without a walk the first.
Found find_endpoint(const Text& text, Header header, Endpoint& out, Walk* walk = nullptr);

/// ct_sip_parse_request: the address of the Request-URI.
Found find_request_uri(const Text& text, Endpoint& out);

/// ct_sip_parse_param, ct_sip_parse_address_param, ct_sip_parse_numerical_param: a parameter of the
/// header value that goes on at `from`. `name` has its equals sign.
std::optional<Part> find_parameter(std::string_view text, std::size_t from, std::string_view name);
/// Whether an address of IPv6 must stand in brackets, or may.
enum class Brackets : std::uint8_t { may, must };
std::optional<Endpoint> find_address_parameter(const Text& text, std::size_t from,
                                               std::string_view name, Brackets brackets);
struct Number {
  Part part;
  std::uint32_t value = 0;
};
Found find_number_parameter(std::string_view text, std::size_t from, std::string_view name,
                            Number& out);

/// sip_strtouint; nothing without digits, or when the number is too large.
std::optional<std::uint32_t> read_number(std::string_view text, std::size_t at);

// --- session descriptions

enum class Line : std::uint8_t { version, owner, connection, media };

/// ct_sip_get_sdp_header: the first such line behind `from`, and before a line of type `until`.
Found find_line(const Text& text, std::size_t from, Line line, std::optional<Line> until,
                Part& out);

/// The address on such a line.
std::optional<wire::Address> read_address(const Text& text, Part part);

bool starts_with_ignoring_case(std::string_view text, std::string_view word);

}  // namespace natstep::model::sip
