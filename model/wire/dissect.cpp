// SPDX-License-Identifier: GPL-2.0-or-later
// A packet taken apart for a report: every field by name, in wire order, with what is worth knowing
// about it.
#include "model/wire/dccp.h"
#include "model/wire/gre.h"
#include "model/wire/icmpv4.h"
#include "model/wire/icmpv6.h"
#include "model/wire/ipv4.h"
#include "model/wire/ipv6.h"
#include "model/wire/sctp.h"
#include "model/wire/tcp.h"
#include "model/wire/text_chunks.h"
#include "model/wire/text_extensions.h"
#include "model/wire/text_node.h"
#include "model/wire/text_options.h"
#include "model/wire/udp.h"
#include "model/wire/udplite.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace natstep::wire {
namespace text {
namespace {

constexpr std::size_t longest_dump = 32;  // bytes of a payload that are shown

/// One header or payload of the packet, and where it begins in the whole.
struct Part {
  ByteView bytes;
  std::size_t offset = 0;

  [[nodiscard]] Part from(std::size_t at) const { return {bytes.subspan(at), offset + at}; }
  [[nodiscard]] Part between(std::size_t begin, std::size_t end) const {
    return {bytes.subspan(begin, end - begin), offset + begin};
  }
};

std::string hex16(std::uint16_t value) {
  return print_value(info(Field::ip_checksum), value);
}

std::string judged(std::uint16_t has, std::uint16_t right, bool valid) {
  return hex16(has) + (valid ? " valid" : " invalid (valid: " + hex16(right) + ")");
}

/// The checksum at `at` and what is to be thought of it; `seed` is the pseudo-header's sum.
std::string judge(ByteView bytes, std::size_t at, std::uint32_t seed) {
  Bytes copy(bytes.begin(), bytes.end());
  store_be16(&copy[at], 0);
  return judged(load_be16(&bytes[at]), internet_checksum(copy, seed), checksum_valid(bytes, seed));
}

/// What the headers behind the IP header need to know of it.
struct Carrier {
  Endpoints endpoints;
  std::uint8_t protocol = 0;
  bool complete = false;  // all of the L4 part is there, so that its checksum can be judged

  [[nodiscard]] std::uint32_t seed(std::size_t length) const {
    return pseudo_header_sum(endpoints.src, endpoints.dst, protocol, length);
  }
};

bool is_complete(const Ipv4View& ip) {
  return !ip.is_fragment() && ip.header_fits() && ip.total_length() >= ip.header_length() &&
         ip.total_length() <= ip.bytes().size();
}

/// An atomic fragment (RFC 6946) is whole.
bool is_complete(const Ipv6View& ip, const Layout& layout) {
  if (ip.total_length() > ip.bytes().size()) return false;
  if (!layout.fragment) return true;
  const auto word = load_be16(&ip.bytes()[layout.fragment->offset + ipv6::fragment::word]);
  return (word & (ipv6::fragment::offset_mask | ipv6::fragment::mf)) == 0;
}

/// By the version alone, so that a report shows what a header claims to be.
AddressFamily version_family(ByteView packet) {
  const AddressFamily family = family_of(packet);
  const bool ipv4 = family == AddressFamily::ipv4 && Ipv4View(packet).version() == 4;
  return ipv4 || family == AddressFamily::ipv6 ? family : AddressFamily::none;
}

/// Hex, and the text if it is one; a long payload is cut, with its length behind it.
std::string dump(ByteView bytes) {
  const ByteView head = bytes.first(std::min(bytes.size(), longest_dump));
  std::string text = print_hex(head);
  if (const auto printed = print_payload(head); printed.starts_with('"')) text += ' ' + printed;
  if (head.size() < bytes.size()) text += " ... (" + std::to_string(bytes.size()) + " bytes)";
  return text;
}

class Dissector {
 public:
  Dissector(std::vector<FieldText>& out, std::string prefix, int depth)
      : out_(out), prefix_(std::move(prefix)), depth_(depth) {}

  void packet(Part part);

 private:
  void ipv4_header(Part part);
  void ipv6_header(Part part);
  void extension(const ExtensionHeader& header, Part part);
  void l4(const Carrier& ip, const Layout& layout, Part part);
  void udp(const Carrier& ip, Part part);
  void tcp(const Carrier& ip, Part part);
  void icmp(Kind kind, const Carrier& ip, Part part);
  void rest_of_icmp(Kind kind, Part part);
  void udplite(const Carrier& ip, Part part);
  void sctp(const Carrier& ip, Part part);
  void chunks(Part part);
  void dccp(const Carrier& ip, Part part);
  void gre(Part part);

  void add(std::string name, std::string value, std::size_t offset, std::size_t length) {
    out_.push_back({prefix_ + std::move(name), std::move(value), offset, length});
  }
  void add_bytes(std::string name, Part part) {
    if (part.bytes.empty()) return;
    add(std::move(name), dump(part.bytes), part.offset, part.bytes.size());
  }
  void add_fields(Kind kind, Part part, std::initializer_list<Field> fields);

  std::vector<FieldText>& out_;
  std::string prefix_;  // "icmp.embedded." for a quoted packet
  int depth_;
};

/// Fields of the table, as far as the part has them.
void Dissector::add_fields(Kind kind, Part part, std::initializer_list<Field> fields) {
  for (const Field field : fields) {
    const FieldInfo& about = info(field);
    const auto value = read_field(about, part.bytes);
    if (!value) continue;
    const std::size_t first = about.bit / 8;
    add(report_name(kind, about), print_value(about, *value), part.offset + first,
        (about.bit + about.width + 7) / 8 - first);
  }
}

void Dissector::packet(Part part) {
  const AddressFamily family = version_family(part.bytes);
  if (family == AddressFamily::none) return add_bytes("payload", part);
  const Layout layout = layout_of(family, part.bytes);
  Carrier ip{.endpoints = endpoints_of(family, part.bytes), .protocol = layout.protocol};
  if (family == AddressFamily::ipv6) {
    ipv6_header(part);
    ip.complete = is_complete(Ipv6View(part.bytes), layout);
  } else {
    ipv4_header(part);
    ip.complete = is_complete(Ipv4View(part.bytes));
  }
  l4(ip, layout, part.between(layout.l4, layout.end));
  add_bytes("trailer", part.from(layout.end));
}

void Dissector::ipv4_header(Part part) {
  const Ipv4View ip(part.bytes);
  add_fields(Kind::ip, part,
             {Field::version, Field::ihl, Field::tos, Field::total_length, Field::ip_id,
              Field::evil, Field::df, Field::fragment, Field::ttl, Field::protocol});
  add("ipv4.checksum",
      ip.header_fits() ? judge(ip.header(), ipv4::checksum, 0) : hex16(ip.checksum()),
      part.offset + ipv4::checksum, 2);
  add("ipv4.src", wire::to_string(ip.src_address()), part.offset + ipv4::src, 4);
  add("ipv4.dst", wire::to_string(ip.dst_address()), part.offset + ipv4::dst, 4);
  const Layout layout = layout_of(AddressFamily::ipv4, part.bytes);
  add_bytes("ipv4.options", part.between(ipv4::options, layout.l4));
}

void Dissector::ipv6_header(Part part) {
  const Ipv6View ip(part.bytes);
  add_fields(Kind::ip6, part,
             {Field::version6, Field::traffic_class, Field::flow_label, Field::payload_length,
              Field::next_header, Field::hop_limit});
  add("ipv6.src", wire::to_string(ip.src_address()), part.offset + ipv6::src, 16);
  add("ipv6.dst", wire::to_string(ip.dst_address()), part.offset + ipv6::dst, 16);
  for (const ExtensionHeader& header : extensions_of(part.bytes)) {
    extension(header, part.between(header.offset, header.offset + header.size));
  }
}

void Dissector::extension(const ExtensionHeader& header, Part part) {
  if (header.protocol == ip_protocol::fragment) {
    add("ipv6.fragment.next_header", std::to_string(header.next), part.offset, 1);
    add("ipv6.fragment.reserved", std::to_string(part.bytes[1]), part.offset + 1, 1);
    add_fields(Kind::ip6, part, {Field::fragment6, Field::fragment6_id});
    return;
  }
  const std::string name = "ipv6." + std::string(extension_word(header.protocol));
  add(name + ".next_header", std::to_string(header.next), part.offset, 1);
  add(name + ".length", std::to_string(part.bytes[1]), part.offset + 1, 1);
  add_bytes(name, part.from(ipv6::extension::min_size));
}

void Dissector::l4(const Carrier& ip, const Layout& layout, Part part) {
  if (layout.later_fragment) return add_bytes("payload", part);
  if (ip.protocol == ip_protocol::udp) return udp(ip, part);
  if (ip.protocol == ip_protocol::tcp) return tcp(ip, part);
  if (ip.protocol == ip_protocol::udplite) return udplite(ip, part);
  if (ip.protocol == ip_protocol::sctp) return sctp(ip, part);
  if (ip.protocol == ip_protocol::dccp) return dccp(ip, part);
  if (ip.protocol == ip_protocol::gre) return gre(part);
  const AddressFamily family = ip.endpoints.src.family;
  if (family == AddressFamily::ipv4 && ip.protocol == ip_protocol::icmp)
    return icmp(Kind::icmp, ip, part);
  if (family == AddressFamily::ipv6 && ip.protocol == ip_protocol::icmpv6)
    return icmp(Kind::icmp6, ip, part);
  add_bytes("payload", part);
}

std::string udp_checksum(const Carrier& ip, const UdpView& udp) {
  const std::size_t length = udp.length();
  if (udp.checksum() == 0) return hex16(0) + " absent";
  if (!ip.complete || length < udp::size || length > udp.bytes().size()) {
    return hex16(udp.checksum());
  }
  return judge(udp.bytes().first(length), udp::checksum, ip.seed(length));
}

void Dissector::udp(const Carrier& ip, Part part) {
  add_fields(Kind::udp, part, {Field::udp_src_port, Field::udp_dst_port, Field::udp_length});
  const UdpView view(part.bytes);
  if (view.fits()) add("udp.checksum", udp_checksum(ip, view), part.offset + udp::checksum, 2);
  add_bytes("payload", part.from(l4_header_size(Kind::udp, part.bytes)));
}

void Dissector::tcp(const Carrier& ip, Part part) {
  add_fields(Kind::tcp, part,
             {Field::tcp_src_port, Field::tcp_dst_port, Field::tcp_seq, Field::tcp_ack,
              Field::tcp_data_offset, Field::tcp_reserved, Field::tcp_flags, Field::tcp_window});
  const TcpView view(part.bytes);
  if (view.fits()) {
    add("tcp.checksum",
        ip.complete ? judge(part.bytes, tcp::checksum, ip.seed(part.bytes.size()))
                    : hex16(view.checksum()),
        part.offset + tcp::checksum, 2);
  }
  add_fields(Kind::tcp, part, {Field::tcp_urgent});
  const std::size_t header = l4_header_size(Kind::tcp, part.bytes);
  if (header > tcp::options) {
    const Part options = part.between(tcp::options, header);
    add("tcp.options", print_tcp_options(options.bytes), options.offset, options.bytes.size());
  }
  add_bytes("payload", part.from(header));
}

void Dissector::udplite(const Carrier& ip, Part part) {
  add_fields(Kind::udplite, part,
             {Field::udp_src_port, Field::udp_dst_port, Field::udplite_coverage});
  const UdpliteView view(part.bytes);
  if (view.fits()) {
    const std::uint32_t seed = ip.seed(part.bytes.size());
    add("udplite.checksum",
        ip.complete ? judge(view.covered(), udplite::checksum, seed) : hex16(view.checksum()),
        part.offset + udplite::checksum, 2);
  }
  add_bytes("payload", part.from(l4_header_size(Kind::udplite, part.bytes)));
}

void Dissector::sctp(const Carrier& ip, Part part) {
  add_fields(Kind::sctp, part, {Field::udp_src_port, Field::udp_dst_port, Field::sctp_vtag});
  const SctpView view(part.bytes);
  if (!view.fits()) return;
  const auto number = [](std::uint32_t value) {
    return print_value(info(Field::sctp_checksum), value);
  };
  std::string judged = number(view.checksum());
  if (ip.complete) {
    judged += view.checksum_valid() ? " valid"
                                    : " invalid (valid: " + number(sctp_checksum(part.bytes)) + ")";
  }
  add("sctp.checksum", std::move(judged), part.offset + sctp::checksum, 4);
  chunks(part.from(sctp::size));
}

void Dissector::chunks(Part part) {
  SctpChunkReader reader(part.bytes);
  for (const std::string& text : print_chunks(part.bytes)) {
    const std::size_t at = part.bytes.size() - reader.rest().size();
    const bool whole = !text.starts_with("raw") && reader.next();
    const std::size_t end = whole ? part.bytes.size() - reader.rest().size() : part.bytes.size();
    add("sctp.chunk", text, part.offset + at, end - at);
  }
}

void Dissector::dccp(const Carrier& ip, Part part) {
  add_fields(Kind::dccp, part,
             {Field::udp_src_port, Field::udp_dst_port, Field::dccp_data_offset, Field::dccp_ccval,
              Field::dccp_coverage});
  const DccpView view(part.bytes);
  if (!view.fits()) return;
  const std::uint32_t seed = ip.seed(part.bytes.size());
  add("dccp.checksum",
      ip.complete ? judge(view.covered(), dccp::checksum, seed) : hex16(view.checksum()),
      part.offset + dccp::checksum, 2);
  add_fields(Kind::dccp, part, {Field::dccp_reserved, Field::dccp_type, Field::dccp_extended});
  const Part header = part.between(0, l4_header_size(Kind::dccp, part.bytes));
  if (view.extended()) {
    add_fields(Kind::dccp, header,
               {Field::dccp_seq_high, Field::dccp_seq, Field::dccp_ack_high, Field::dccp_ack});
  } else {
    add_fields(Kind::dccp, header, {Field::dccp_short_seq});
  }
  add_bytes("payload", part.from(header.bytes.size()));
}

void Dissector::gre(Part part) {
  add_fields(Kind::gre, part, {Field::gre_flags, Field::gre_protocol});
  const std::size_t header = l4_header_size(Kind::gre, part.bytes);
  if (header > gre::size) {
    add_fields(Kind::gre, part, {Field::gre_payload_length, Field::gre_call_id});
  }
  add_bytes("payload", part.from(header));
}

/// ICMP and ICMPv6 have the same header but for the pseudo-header that the latter is summed with.
void Dissector::icmp(Kind kind, const Carrier& ip, Part part) {
  const Icmpv4View view(part.bytes);
  if (!view.fits()) {
    add_fields(kind, part, {Field::icmp_type, Field::icmp_code, Field::icmp_checksum});
    return;
  }
  const auto names = icmp_names(kind);
  const auto name = std::ranges::find_if(names, [&](const icmp::Name& known) {
    return known.type == view.type() && known.code == view.code();
  });
  add(report_name(kind, info(Field::icmp_type)),
      std::to_string(view.type()) + (name == names.end() ? "" : " " + std::string(name->word)),
      part.offset, 1);
  add_fields(kind, part, {Field::icmp_code});
  const std::uint32_t seed = kind == Kind::icmp6 ? ip.seed(part.bytes.size()) : 0;
  add(report_name(kind, info(Field::icmp_checksum)),
      ip.complete ? judge(part.bytes, icmpv4::checksum, seed) : hex16(view.checksum()),
      part.offset + icmpv4::checksum, 2);
  rest_of_icmp(kind, part);
}

void Dissector::rest_of_icmp(Kind kind, Part part) {
  for (const Field field : icmp_rest_fields(kind, part.bytes))
    add_fields(kind, part, {field});
  const Part content = part.from(icmpv4::size);
  const std::uint8_t type = part.bytes[icmpv4::type];
  const bool error = kind == Kind::icmp6 ? icmpv6::is_error(type) : icmpv4::is_error(type);
  if (!error || version_family(content.bytes) != family_of(kind) || depth_ == max_nesting) {
    return add_bytes("payload", content);
  }
  const std::string layer = kind == Kind::icmp6 ? "icmpv6." : "icmp.";
  Dissector(out_, prefix_ + layer + "embedded.", depth_ + 1).packet(content);
}

}  // namespace
}  // namespace text

std::vector<FieldText> dissect(ByteView packet) {
  std::vector<FieldText> fields;
  text::Dissector(fields, "", 0).packet({packet, 0});
  return fields;
}

}  // namespace natstep::wire
