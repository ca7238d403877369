// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/router/tcp_reset.h"

#include "model/clause_names.h"
#include "model/packet.h"

namespace natstep::model {
namespace {

namespace option = wire::tcp::option;

constexpr std::size_t md5_signature_size = 18;
constexpr std::size_t authentication_min_size = 5;  // struct tcp_ao_hdr and a byte

/// What looking for a signature among the options came to.
enum class Signature : std::uint8_t { none, md5, authentication, wrong, unreadable };

/// tcp_parse_md5sig_option, until 6.6: whatever ends the search before a signature, there is none.
Signature find_md5_signature(wire::ByteView options) {
  while (options.size() >= md5_signature_size && options[0] != option::end) {
    const bool pads = options[0] == option::nop;
    const std::size_t size = pads ? 1 : options[1];
    if (!pads && (size < 2 || size > options.size())) return Signature::none;
    if (!pads && options[0] == option::md5_signature)
      return size == md5_signature_size ? Signature::md5 : Signature::none;
    options = options.subspan(size);
  }
  return Signature::none;
}

/// The signature that one option is, next to one that was found before it.
Signature read_signature(std::uint8_t kind, std::size_t size, Signature before) {
  const bool md5 = kind == option::md5_signature;
  if (!md5 && kind != option::authentication) return before;
  const bool fits = md5 ? size == md5_signature_size : size >= authentication_min_size;
  if (!fits || before != Signature::none) return Signature::wrong;
  return md5 ? Signature::md5 : Signature::authentication;
}

/// tcp_do_parse_auth_options, since 6.7. With less left no signature fits, and the rest is not
/// read.
Signature find_signature(wire::ByteView options, std::size_t shortest) {
  Signature found = Signature::none;
  while (options.size() >= shortest && options[0] != option::end) {
    const bool pads = options[0] == option::nop;
    const std::size_t size = pads ? 1 : options[1];
    if (!pads) {
      if (size < 2 || size > options.size()) return Signature::unreadable;
      found = read_signature(options[0], size, found);
      if (found == Signature::wrong) return found;
    }
    options = options.subspan(size);
  }
  return found;
}

/// Over IPv6 a kernel without CONFIG_TCP_AO forgets the signature that it has found.
bool is_forgotten(Step& step, wire::AddressFamily family) {
  return family == wire::AddressFamily::ipv6 && !step.profile().reset_reads_short_options;
}

}  // namespace

bool reset_may_answer(Step& step, const wire::TcpView& tcp, wire::AddressFamily family) {
  if (!step.profile().reset_reads_signatures) return true;
  const bool short_ones = step.profile().reset_reads_short_options;
  const Signature signature =
      step.profile().reset_reads_options
          ? find_signature(tcp.options(), short_ones ? authentication_min_size : md5_signature_size)
          : find_md5_signature(tcp.options());
  switch (signature) {
    case Signature::unreadable:
      return !step.holds(Clause::no_reset_for_unreadable_options);
    case Signature::wrong:
      return !step.holds(Clause::no_reset_for_a_wrong_signature);
    case Signature::authentication:
      if (is_forgotten(step, family))
        return step.holds(Clause::ipv6_reset_forgets_the_authentication_option);
      [[fallthrough]];
    case Signature::md5:
      return !step.holds(Clause::no_reset_without_the_key);
    case Signature::none:
      break;
  }
  return true;
}

wire::TcpHeader reset_for(const wire::TcpView& tcp) {
  wire::TcpHeader reset;
  reset.src_port = tcp.dst_port();
  reset.dst_port = tcp.src_port();
  if (tcp.has(wire::tcp::ack_flag)) {
    reset.seq = tcp.ack();
    reset.flags = wire::tcp::rst;
    return reset;
  }
  // A data offset beyond the segment makes what it carries less than nothing.
  const std::uint32_t occupied =
      (tcp.has(wire::tcp::syn) ? 1u : 0u) + (tcp.has(wire::tcp::fin) ? 1u : 0u) +
      static_cast<std::uint32_t>(tcp.bytes().size() - tcp.header_length());
  reset.ack = tcp.seq() + occupied;
  reset.flags = wire::tcp::rst | wire::tcp::ack_flag;
  return reset;
}

}  // namespace natstep::model
