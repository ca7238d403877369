// SPDX-License-Identifier: GPL-2.0-or-later
// Hop-by-hop and destination options: RFC 8200 section 4.2. Source: net/ipv6/exthdrs.c,
// ip6_parse_tlv and ip6_tlvopt_unknown.
#include "model/clause_names.h"
#include "model/missing.h"
#include "model/packet.h"
#include "model/router/ipv6_answers.h"
#include "model/router/ipv6_path.h"
#include "model/router/ipv6_route.h"
#include "model/wire/icmpv6.h"

#include <algorithm>

namespace natstep::model {
namespace {

constexpr std::uint8_t pad1 = 0;
constexpr std::uint8_t padn = 1;
constexpr std::uint8_t router_alert = 5;
constexpr std::size_t most_padding = 7;
constexpr std::size_t most_options = 8;  // net.ipv6.max_hbh_opts_number

/// Options that do something in the kernel, some only when it was built for them.
bool has_a_meaning(std::uint8_t header, std::uint8_t type) {
  constexpr std::uint8_t calipso = 0x07, ioam = 0x31, jumbo = 0xc2, home_address = 0xc9;
  if (header == wire::ip_protocol::destination_options) return type == home_address;
  return type == calipso || type == ioam || type == jumbo;
}

/// What the two high bits ask of those who do not know the option.
enum class Unknown : std::uint8_t { skip, discard, report, report_unless_multicast };

Unknown action_of(std::uint8_t type) {
  return static_cast<Unknown>(type >> 6);
}

class Options {
 public:
  Options(Step& step, Packet& packet, std::size_t offset, std::uint8_t header)
      : step_(step), packet_(packet), bytes_(packet.bytes), header_(header), at_(offset + 2) {
    end_ = offset + (bytes_[offset + 1] + std::size_t{1}) * 8;
  }

  OptionsResult parse() {
    while (at_ < end_) {
      if (!next()) return OptionsResult::dropped;
    }
    return OptionsResult::fine;
  }

 private:
  bool next() {
    if (bytes_[at_] == pad1) return pad(1);
    if (end_ - at_ < 2) return false;
    const std::size_t size = bytes_[at_ + 1] + std::size_t{2};
    if (size > end_ - at_) return false;
    if (bytes_[at_] == padn) return padding_is_zero(size) && pad(size);
    padding_ = 0;
    if (++count_ > most_options && step_.holds(Clause::nine_ipv6_options_are_too_many))
      return false;
    if (!option(bytes_[at_], size)) return false;
    at_ += size;
    return true;
  }

  bool pad(std::size_t size) {
    padding_ += size;
    at_ += size;
    return padding_ <= most_padding || !step_.holds(Clause::long_ipv6_padding_is_dropped);
  }

  bool padding_is_zero(std::size_t size) {
    const auto content = bytes_.subspan(at_ + 2, size - 2);
    const bool zero = std::ranges::all_of(content, [](std::uint8_t byte) { return byte == 0; });
    return zero || !step_.holds(Clause::ipv6_padding_must_be_zero);
  }

  bool option(std::uint8_t type, std::size_t size) {
    if (has_a_meaning(header_, type)) {
      step_.unspecified(Missing::ipv6_option, std::to_string(type));
      return true;
    }
    const bool hop_by_hop = header_ == wire::ip_protocol::hop_by_hop;
    if (hop_by_hop && type == router_alert) {
      return size == 4 || !step_.holds(Clause::router_alert_has_two_bytes);
    }
    return unknown(action_of(type));
  }

  bool unknown(Unknown action) {
    const bool multicast = ipv6_address::is_multicast(destination_of(packet_.bytes));
    switch (action) {
      case Unknown::skip:
        return true;
      case Unknown::discard:
        return !step_.holds(Clause::ipv6_option_that_asks_to_discard);
      case Unknown::report_unless_multicast:
        if (multicast) return false;
        [[fallthrough]];
      case Unknown::report:
        if (step_.holds(Clause::ipv6_option_that_asks_to_report)) {
          icmpv6_send(step_, packet_,
                      {.type = wire::icmpv6::parameter_problem,
                       .code = unknown_option,
                       .rest = static_cast<std::uint32_t>(at_)});
        }
        return false;
    }
    return true;
  }

  Step& step_;
  Packet& packet_;
  wire::ByteView bytes_;
  std::uint8_t header_;
  std::size_t at_;
  std::size_t end_ = 0;
  std::size_t padding_ = 0;
  std::size_t count_ = 0;
};

}  // namespace

OptionsResult parse_ipv6_options(Step& step, Packet& packet, std::size_t offset,
                                 std::uint8_t header) {
  constexpr std::size_t smallest = 8;
  if (packet.bytes.size() < offset + smallest) return OptionsResult::dropped;
  const std::size_t size = (packet.bytes[offset + 1] + std::size_t{1}) * 8;
  if (packet.bytes.size() < offset + size) return OptionsResult::dropped;
  return Options(step, packet, offset, header).parse();
}

}  // namespace natstep::model
