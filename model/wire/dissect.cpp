// SPDX-License-Identifier: GPL-2.0-or-later
// A packet taken apart for a report: every field by name, in wire order, with what is worth knowing
// about it.
#include "model/wire/gre.h"
#include "model/wire/icmpv4.h"
#include "model/wire/ipv4.h"
#include "model/wire/sctp.h"
#include "model/wire/tcp.h"
#include "model/wire/text_chunks.h"
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

/// Whether all of the L4 part is there, so that its checksum can be judged.
bool complete(const Ipv4View& ip) {
  return !ip.is_fragment() && ip.header_fits() && ip.total_length() >= ip.header_length() &&
         ip.total_length() <= ip.bytes().size();
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
  void l4(const Ipv4View& ip, Part part);
  void udp(const Ipv4View& ip, Part part);
  void tcp(const Ipv4View& ip, Part part);
  void icmp(const Ipv4View& ip, Part part);
  void udplite(const Ipv4View& ip, Part part);
  void sctp(const Ipv4View& ip, Part part);
  void chunks(Part part);
  void gre(Part part);
  void rest_of_icmp(const Icmpv4View& view, Part part);

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
  const Ipv4View ip(part.bytes);
  if (!ip.fits() || ip.version() != 4) return add_bytes("payload", part);
  add_fields(Kind::ip, part,
             {Field::version, Field::ihl, Field::tos, Field::total_length, Field::ip_id,
              Field::evil, Field::df, Field::fragment, Field::ttl, Field::protocol});
  add("ipv4.checksum",
      ip.header_fits() ? judge(ip.header(), ipv4::checksum, 0) : hex16(ip.checksum()),
      part.offset + ipv4::checksum, 2);
  add_fields(Kind::ip, part, {Field::src, Field::dst});
  const Layout layout = layout_of(part.bytes);
  add_bytes("ipv4.options", part.between(ipv4::options, layout.l4));
  l4(ip, part.between(layout.l4, layout.end));
  add_bytes("trailer", part.from(layout.end));
}

void Dissector::l4(const Ipv4View& ip, Part part) {
  const bool has_header = ip.fragment_offset() == 0;
  if (has_header && ip.protocol() == ip_protocol::udp) return udp(ip, part);
  if (has_header && ip.protocol() == ip_protocol::tcp) return tcp(ip, part);
  if (has_header && ip.protocol() == ip_protocol::icmp) return icmp(ip, part);
  if (has_header && ip.protocol() == ip_protocol::udplite) return udplite(ip, part);
  if (has_header && ip.protocol() == ip_protocol::sctp) return sctp(ip, part);
  if (has_header && ip.protocol() == ip_protocol::gre) return gre(part);
  add_bytes("payload", part);
}

std::string udp_checksum(const Ipv4View& ip, const UdpView& udp) {
  const std::size_t length = udp.length();
  if (udp.checksum() == 0) return hex16(0) + " absent";
  if (!complete(ip) || length < udp::size || length > udp.bytes().size()) {
    return hex16(udp.checksum());
  }
  const std::uint32_t seed = pseudo_header_sum(ip.src(), ip.dst(), ip.protocol(), length);
  return judge(udp.bytes().first(length), udp::checksum, seed);
}

void Dissector::udp(const Ipv4View& ip, Part part) {
  add_fields(Kind::udp, part, {Field::udp_src_port, Field::udp_dst_port, Field::udp_length});
  const UdpView view(part.bytes);
  if (view.fits()) add("udp.checksum", udp_checksum(ip, view), part.offset + udp::checksum, 2);
  add_bytes("payload", part.from(l4_header_size(Kind::udp, part.bytes)));
}

void Dissector::tcp(const Ipv4View& ip, Part part) {
  add_fields(Kind::tcp, part,
             {Field::tcp_src_port, Field::tcp_dst_port, Field::tcp_seq, Field::tcp_ack,
              Field::tcp_data_offset, Field::tcp_reserved, Field::tcp_flags, Field::tcp_window});
  const TcpView view(part.bytes);
  if (view.fits()) {
    const auto seed = pseudo_header_sum(ip.src(), ip.dst(), ip.protocol(), part.bytes.size());
    add("tcp.checksum",
        complete(ip) ? judge(part.bytes, tcp::checksum, seed) : hex16(view.checksum()),
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

void Dissector::udplite(const Ipv4View& ip, Part part) {
  add_fields(Kind::udplite, part,
             {Field::udp_src_port, Field::udp_dst_port, Field::udplite_coverage});
  const UdpliteView view(part.bytes);
  if (view.fits()) {
    const auto seed = pseudo_header_sum(ip.src(), ip.dst(), ip.protocol(), part.bytes.size());
    add("udplite.checksum",
        complete(ip) ? judge(view.covered(), udplite::checksum, seed) : hex16(view.checksum()),
        part.offset + udplite::checksum, 2);
  }
  add_bytes("payload", part.from(l4_header_size(Kind::udplite, part.bytes)));
}

void Dissector::sctp(const Ipv4View& ip, Part part) {
  add_fields(Kind::sctp, part, {Field::udp_src_port, Field::udp_dst_port, Field::sctp_vtag});
  const SctpView view(part.bytes);
  if (!view.fits()) return;
  const auto number = [](std::uint32_t value) {
    return print_value(info(Field::sctp_checksum), value);
  };
  std::string judged = number(view.checksum());
  if (complete(ip)) {
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

void Dissector::gre(Part part) {
  add_fields(Kind::gre, part, {Field::gre_flags, Field::gre_protocol});
  const std::size_t header = l4_header_size(Kind::gre, part.bytes);
  if (header > gre::size) {
    add_fields(Kind::gre, part, {Field::gre_payload_length, Field::gre_call_id});
  }
  add_bytes("payload", part.from(header));
}

void Dissector::icmp(const Ipv4View& ip, Part part) {
  const Icmpv4View view(part.bytes);
  if (!view.fits()) {
    add_fields(Kind::icmp, part, {Field::icmp_type, Field::icmp_code, Field::icmp_checksum});
    return;
  }
  const std::string_view name = icmpv4::name_of(view.type(), view.code());
  add("icmp.type", std::to_string(view.type()) + (name.empty() ? "" : " " + std::string(name)),
      part.offset, 1);
  add_fields(Kind::icmp, part, {Field::icmp_code});
  add("icmp.checksum",
      complete(ip) ? judge(part.bytes, icmpv4::checksum, 0) : hex16(view.checksum()),
      part.offset + icmpv4::checksum, 2);
  rest_of_icmp(view, part);
}

void Dissector::rest_of_icmp(const Icmpv4View& view, Part part) {
  for (const Field field : icmp_rest_fields(part.bytes))
    add_fields(Kind::icmp, part, {field});
  const Part content = part.from(icmpv4::size);
  const Ipv4View quoted(content.bytes);
  if (!view.is_error() || !quoted.fits() || quoted.version() != 4 || depth_ == max_nesting) {
    return add_bytes("payload", content);
  }
  Dissector(out_, prefix_ + "icmp.embedded.", depth_ + 1).packet(content);
}

}  // namespace
}  // namespace text

std::vector<FieldText> dissect(ByteView packet) {
  std::vector<FieldText> fields;
  text::Dissector(fields, "", 0).packet({packet, 0});
  return fields;
}

}  // namespace natstep::wire
