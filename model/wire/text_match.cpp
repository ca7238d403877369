// SPDX-License-Identifier: GPL-2.0-or-later
// Compares a packet with a text: only what the text mentions, in words that a report can print.
#include "model/wire/dccp.h"
#include "model/wire/icmpv4.h"
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
#include <utility>

namespace natstep::wire {
namespace text {
namespace {

constexpr std::size_t longest_shown = 48;  // characters of a payload in a report line

std::string protocol_name(std::uint32_t protocol) {
  switch (protocol) {
    case ip_protocol::icmp:
      return "icmp";
    case ip_protocol::tcp:
      return "tcp";
    case ip_protocol::udp:
      return "udp";
    case ip_protocol::udplite:
      return "udplite";
    case ip_protocol::sctp:
      return "sctp";
    case ip_protocol::dccp:
      return "dccp";
    case ip_protocol::gre:
      return "gre";
    case ip_protocol::icmpv6:
      return "icmpv6";
    default:
      return std::to_string(protocol);
  }
}

std::string shown(ByteView bytes) {
  if (bytes.empty()) return "nothing";
  std::string text = print_payload(bytes);
  if (text.size() <= longest_shown) return text;
  return text.substr(0, longest_shown) + "... (" + std::to_string(bytes.size()) + " bytes)";
}

/// The sum with which a checksum of this kind starts.
std::uint32_t seed_for(const Node& node, ByteView packet, ByteView l4) {
  if (node.kind == Kind::icmp) return 0;
  const std::size_t length = node.kind == Kind::udp ? UdpView(l4).length() : l4.size();
  const auto [src, dst] = endpoints_of(node.family(), packet);
  return pseudo_header_sum(src, dst, layout_of(node.family(), packet).protocol, length);
}

bool checksum_is_valid(const Node& node, const FieldInfo& field, ByteView packet) {
  if (field.layer == Layer::ip) return Ipv4View(packet).checksum_valid();
  const ByteView l4 = layer_of(field, node.family(), packet);
  if (node.kind == Kind::sctp) return SctpView(l4).fits() && SctpView(l4).checksum_valid();
  const std::uint32_t seed = seed_for(node, packet, l4);
  if (node.kind == Kind::dccp)
    return DccpView(l4).fits() && checksum_valid(DccpView(l4).covered(), seed);
  if (node.kind == Kind::udplite) return checksum_valid(UdpliteView(l4).covered(), seed);
  return node.kind == Kind::udp ? UdpView(l4).checksum_valid(seed) : checksum_valid(l4, seed);
}

class Matcher {
 public:
  Matcher(Variables& variables, std::vector<std::string>& lines)
      : variables_(variables), lines_(lines) {}

  void match(const Node& node, ByteView packet, const std::string& prefix);

 private:
  void match_frame(const Node& node, ByteView packet);
  void match_setting(const Node& node, const Setting& setting, ByteView packet);
  void match_checksum(const Node& node, const Setting& setting, ByteView packet,
                      std::uint32_t number);
  void match_variable(const FieldInfo& field, const std::string& name, const Value& value,
                      std::uint32_t number);
  void match_bytes(const std::string& name, ByteView said, ByteView has);
  void match_tcp_options(ByteView said, ByteView has);
  void match_chunks(const Node& node, ByteView has);
  void match_content(const Node& node, ByteView packet, const std::string& prefix);
  void match_quoted(const Node& node, ByteView content, const std::string& prefix);
  void match_ip(const Node& node, ByteView packet);
  void match_addresses(const Node& node, ByteView packet);
  void match_extensions(const Node& node, ByteView packet);
  void match_extension(const Ipv6Extension& said, ByteView has);
  bool same_protocol(const Node& node, ByteView packet);

  void differ(const std::string& name, const std::string& said, const std::string& has) {
    line(name, "the script says " + said + ", the packet has " + has);
  }
  void line(const std::string& name, const std::string& what) {
    lines_.push_back(prefix_ + name + ": " + what);
  }

  Variables& variables_;
  std::vector<std::string>& lines_;
  std::string prefix_;  // "icmp.embedded." inside of a quoted packet
};

void Matcher::match(const Node& node, ByteView packet, const std::string& prefix) {
  prefix_ = prefix;
  if (node.kind == Kind::hex) return match_frame(node, packet);
  const std::size_t header = min_header_size(node.family());
  if (packet.size() < header) {
    const Value* cut = node.find(Field::cut);
    if (cut != nullptr && cut->number == packet.size()) return;
    return line(std::string(to_string(node.family())),
                "only " + std::to_string(packet.size()) + " of the header's " +
                    std::to_string(header) + " bytes are there");
  }
  if (family_of(packet) != AddressFamily::none && family_of(packet) != node.family()) {
    return differ("family", std::string(to_string(node.family())),
                  std::string(to_string(family_of(packet))));
  }
  match_addresses(node, packet);
  const bool same = same_protocol(node, packet);
  for (const Setting& setting : node.settings) {
    const Layer layer = info(setting.field).layer;
    const bool in_ip = layer != Layer::l4 && layer != Layer::frame;
    if (same || in_ip) match_setting(node, setting, packet);
  }
  match_ip(node, packet);
  if (same) match_content(node, packet, prefix);
}

/// What the header of either family has beside its fields.
void Matcher::match_ip(const Node& node, ByteView packet) {
  match_extensions(node, packet);
  if (node.ip_options) {
    Bytes padded = *node.ip_options;
    padded.resize((padded.size() + 3) / 4 * 4);
    match_bytes("ipv4.options", padded, Ipv4View(packet).options());
  }
  if (node.trailer) {
    match_bytes("trailer", *node.trailer, packet.subspan(layout_of(node.family(), packet).end));
  }
}

void Matcher::match_addresses(const Node& node, ByteView packet) {
  const auto [src, dst] = endpoints_of(node.family(), packet);
  const std::string family(to_string(node.family()));
  if (node.src != src) differ(family + ".src", wire::to_string(node.src), wire::to_string(src));
  if (node.dst != dst) differ(family + ".dst", wire::to_string(node.dst), wire::to_string(dst));
}

/// Each extension header that is mentioned is looked for among those of the packet, behind the one
/// found before it.
void Matcher::match_extensions(const Node& node, ByteView packet) {
  if (node.extensions.empty()) return;
  const auto has = extensions_of(packet);
  auto at = has.begin();
  for (const Ipv6Extension& said : node.extensions) {
    at = std::ranges::find(at, has.end(), said.protocol, &ExtensionHeader::protocol);
    if (at == has.end()) {
      return line("ipv6." + std::string(extension_word(said.protocol)),
                  "the packet has no such header there");
    }
    match_extension(said, packet.subspan(at->offset, at->size));
    ++at;
  }
}

void Matcher::match_extension(const Ipv6Extension& said, ByteView has) {
  const std::string name = "ipv6." + std::string(extension_word(said.protocol));
  const auto odd = [&](const std::string& what, std::optional<std::uint8_t> number, std::size_t i) {
    if (number && *number != has[i]) {
      differ(name + what, std::to_string(*number), std::to_string(has[i]));
    }
  };
  odd(".next_header", said.next, ipv6::extension::next_header);
  odd(".length", said.length, ipv6::extension::length);
  if (is_in_fields(said)) return;  // its fields are settings
  Bytes padded = said.data;
  padded.resize(ipv6::extension_size_for(said.protocol, padded.size()) - ipv6::extension::min_size);
  match_bytes(name, padded, has.subspan(ipv6::extension::min_size));
}

void Matcher::match_frame(const Node& node, ByteView packet) {
  const Bytes said = node.payload.value_or(Bytes{});
  if (std::ranges::equal(said, packet)) return;
  const auto [a, b] = std::ranges::mismatch(said, packet);
  const auto at = a - said.begin();
  if (a == said.end() || b == packet.end()) {
    return differ("frame", std::to_string(said.size()) + " bytes", std::to_string(packet.size()));
  }
  differ("frame byte " + std::to_string(at), print_hex(ByteView(&*a, 1)),
         print_hex(ByteView(&*b, 1)));
}

bool Matcher::same_protocol(const Node& node, ByteView packet) {
  const std::uint8_t has = layout_of(node.family(), packet).protocol;
  auto said = protocol_of(node.kind);
  const std::string name = std::string(to_string(node.family())) + ".protocol";
  if (const Value* value = node.find(Field::protocol6)) {
    if (value->kind == Value::Kind::variable) {
      match_variable(info(Field::protocol6), name, *value, has);
      return true;
    }
    said = static_cast<std::uint8_t>(value->number);
  }
  if (!said || *said == has) return true;
  differ(name, protocol_name(*said), protocol_name(has));
  return false;
}

void Matcher::match_setting(const Node& node, const Setting& setting, ByteView packet) {
  const FieldInfo& field = info(setting.field);
  const Value& value = setting.value;
  if (field.field == Field::cut && packet.size() != value.number) {
    differ("length", std::to_string(value.number), std::to_string(packet.size()));
  }
  if (field.layer == Layer::frame) return;
  const std::string name = report_name(node.kind, field);
  const auto number = read_field(field, layer_of(field, node.family(), packet));
  if (!number && node.find(Field::cut) != nullptr) return;  // the text itself cuts it off
  if (!number) return line(name, "the packet is too short to have it");
  switch (value.kind) {
    case Value::Kind::variable:
      return match_variable(field, name, value, *number);
    case Value::Kind::valid:
    case Value::Kind::bad:
      return match_checksum(node, setting, packet, *number);
    case Value::Kind::number:
      break;
  }
  if (value.number != *number) {
    differ(name, print_value(field, value.number), print_value(field, *number));
  }
}

void Matcher::match_checksum(const Node& node, const Setting& setting, ByteView packet,
                             std::uint32_t number) {
  const FieldInfo& field = info(setting.field);
  const bool absent = field.field == Field::udp_checksum && number == 0;
  const bool valid = !absent && checksum_is_valid(node, field, packet);
  const bool wanted = setting.value.kind == Value::Kind::valid;
  if (!absent && valid == wanted) return;
  differ(report_name(node.kind, field), wanted ? "valid" : "bad",
         print_value(field, number) + (absent  ? " absent"
                                       : valid ? " valid"
                                               : " invalid"));
}

void Matcher::match_variable(const FieldInfo& field, const std::string& name, const Value& value,
                             std::uint32_t number) {
  const auto [bound, fresh] = variables_.try_emplace(value.variable, number);
  if (fresh || bound->second == number) return;
  differ(name, "$" + value.variable + " (" + print_value(field, bound->second) + ")",
         print_value(field, number));
}

void Matcher::match_bytes(const std::string& name, ByteView said, ByteView has) {
  if (!std::ranges::equal(said, has)) differ(name, shown(said), shown(has));
}

/// Each option that is mentioned is looked for among those of the packet; the n-th of a kind is
/// compared with the n-th.
void Matcher::match_tcp_options(ByteView said, ByteView has) {
  const auto read = [](ByteView bytes) {
    std::vector<std::pair<std::uint8_t, std::string>> options;
    TcpOptionReader reader(bytes);
    for (ByteView before = bytes; const auto option = reader.next(); before = reader.rest()) {
      const ByteView encoded = before.first(before.size() - reader.rest().size());
      options.emplace_back(option->kind, print_tcp_option(*option, encoded));
    }
    if (!reader.rest().empty()) {
      options.emplace_back(reader.rest()[0], "options hex " + print_hex(reader.rest()));
    }
    return options;
  };
  auto left = read(has);
  for (const auto& [kind, text] : read(said)) {
    const auto same_kind = [wanted = kind](const auto& option) { return option.first == wanted; };
    const auto found = std::ranges::find_if(left, same_kind);
    if (found == left.end() || found->second != text) {
      differ("tcp.options", text, found == left.end() ? "no such option" : found->second);
    }
    if (found != left.end()) left.erase(found);
  }
}

/// Chunks are compared one by one, each as a whole: its defaults count as said.
void Matcher::match_chunks(const Node& node, ByteView has) {
  if (node.find(Field::cut) != nullptr) return;
  const auto said = print_chunks(*node.chunks), shown = print_chunks(has);
  for (std::size_t i = 0; i < std::max(said.size(), shown.size()); ++i) {
    const std::string wanted = i < said.size() ? said[i] : "no more";
    const std::string found = i < shown.size() ? shown[i] : "no more";
    if (wanted != found) differ("sctp.chunk " + std::to_string(i + 1), wanted, found);
  }
}

void Matcher::match_content(const Node& node, ByteView packet, const std::string& prefix) {
  const Layout layout = layout_of(node.family(), packet);
  const ByteView l4 = packet.subspan(layout.l4, layout.end - layout.l4);
  const ByteView content = l4.subspan(l4_header_size(node.kind, l4));
  if (node.tcp_options)
    match_tcp_options(*node.tcp_options, TcpView(l4).fits() ? TcpView(l4).options() : ByteView{});
  if (node.chunks) return match_chunks(node, content);
  if (node.before || node.embedded) return match_quoted(node, content, prefix);
  if (!node.payload) return;
  ByteView said = *node.payload;
  if (node.find(Field::cut) != nullptr) said = said.first(std::min(said.size(), content.size()));
  match_bytes("payload", said, content);
}

void Matcher::match_quoted(const Node& node, ByteView content, const std::string& prefix) {
  const std::string name = node.kind == Kind::icmp6 ? "icmpv6." : "icmp.";
  const ByteView before = node.before ? ByteView(*node.before) : ByteView{};
  const std::size_t start = std::min(before.size(), content.size());
  if (node.before) match_bytes(name + "before", before, content.first(start));
  content = content.subspan(start);
  const Value* pad = node.find(Field::pad);
  const ByteView payload = node.payload ? ByteView(*node.payload) : ByteView{};
  const std::size_t behind = (pad != nullptr ? pad->number : 0) + payload.size();
  const std::size_t inner = content.size() - std::min(behind, content.size());
  Bytes said(behind - payload.size());
  said.insert(said.end(), payload.begin(), payload.end());
  if (behind != 0) match_bytes(name + "padding", said, content.subspan(inner));
  if (node.embedded) match(*node.embedded, content.first(inner), prefix + name + "embedded.");
}

}  // namespace
}  // namespace text

std::vector<std::string> PacketText::mismatches(ByteView packet, Variables& variables) const {
  std::vector<std::string> lines;
  text::Matcher(variables, lines).match(*root_, packet, "");
  return lines;
}

}  // namespace natstep::wire
