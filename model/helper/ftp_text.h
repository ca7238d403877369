// SPDX-License-Identifier: GPL-2.0-or-later
// The lines of an FTP control connection that announce a data connection. RFC 959 sections 4.1.2
// and 4.2.2, RFC 1123 section 4.1.2.6, RFC 2428. Source: net/netfilter/nf_conntrack_ftp.c,
// find_pattern and the try_ functions.
#pragma once

#include "model/conntrack/tuple.h"
#include "model/wire/address.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace natstep::model {

class Step;

namespace ftp {

enum class Form : std::uint8_t { port, pasv, eprt, epsv };

/// An announcement, and where its numbers stand in the payload.
struct Announcement {
  Form form{};
  wire::Address address;  // port, pasv, eprt
  std::uint16_t port = 0;
  std::size_t begin = 0;
  std::size_t size = 0;

  [[nodiscard]] bool names_an_address() const { return form != Form::epsv; }
};

enum class Read : std::uint8_t {
  nothing,  // some other line
  partial,  // the beginning of an announcement, or one whose numbers cannot be read
  announced,
};

/// What a payload that begins with a line says. Commands come in the original direction, answers in
/// the reply direction. `family` is the connection's.
Read read_line(Step& step, std::string_view payload, Direction direction,
               wire::AddressFamily family, Announcement& out);

/// nf_nat_ftp_fmt_cmd: the numbers as they are written in place of what was announced.
std::string write_numbers(Step& step, Form form, const wire::Address& address, std::uint16_t port);

}  // namespace ftp
}  // namespace natstep::model
