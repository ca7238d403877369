// SPDX-License-Identifier: GPL-2.0-or-later
// From a packet text back to its canonical form.
#include "model/wire/address.h"
#include "model/wire/dccp.h"
#include "model/wire/icmpv4.h"
#include "model/wire/icmpv6.h"
#include "model/wire/ipv4.h"
#include "model/wire/tcp.h"
#include "model/wire/text_chunks.h"
#include "model/wire/text_extensions.h"
#include "model/wire/text_node.h"
#include "model/wire/text_options.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace natstep::wire::text {
namespace {

constexpr std::size_t shortest_generated = 16;  // shorter payloads are shown, not counted

std::string hex_number(std::uint32_t value, std::size_t digits) {
  std::array<char, 8> buffer{};
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, 16);
  std::string text(buffer.data(), result.ptr);
  if (text.size() < digits) text.insert(0, digits - text.size(), '0');
  return "0x" + text;
}

std::string print_fragment(std::uint32_t value) {
  std::string text = std::to_string((value & ipv4::offset_mask) * 8);
  if ((value & ipv4::mf) != 0) text += '+';
  return text;
}

std::string print_fragment6(std::uint32_t value) {
  std::string text = std::to_string(value & ipv6::fragment::offset_mask);
  if ((value & ipv6::fragment::mf) != 0) text += '+';
  return text;
}

/// The letter behind the backslash of a character that has a short escape, or zero.
char escape_letter(std::uint8_t byte) {
  switch (byte) {
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    case '"':
      return '"';
    case '\\':
      return '\\';
    default:
      return 0;
  }
}

bool is_text(ByteView bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) {
    return (byte >= 0x20 && byte < 0x7f) || escape_letter(byte) != 0;
  });
}

std::string quoted(ByteView bytes) {
  std::string text = "\"";
  for (const std::uint8_t byte : bytes) {
    const char letter = escape_letter(byte);
    if (letter != 0) text += '\\';
    text += letter != 0 ? letter : static_cast<char>(byte);
  }
  return text + '"';
}

bool is_generated(ByteView bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != static_cast<std::uint8_t>(i)) return false;
  }
  return bytes.size() >= shortest_generated;
}

/// Whether the value is written as words that need none before them.
bool is_named(const FieldInfo& field, std::uint32_t value) {
  return (field.style == Style::tcp_flags && value != 0) ||
         (field.style == Style::dccp_type && value < dccp::first_reserved);
}

void print_setting(std::string& out, const Setting& setting) {
  const FieldInfo& field = info(setting.field);
  const Value& value = setting.value;
  if (field.word.empty()) return;  // part of the endpoints
  const bool bare = value.kind == Value::Kind::number && is_named(field, value.number);
  if (!bare) out += ' ' + std::string(field.word);
  if (field.style == Style::flag) return;
  out += ' ';
  switch (value.kind) {
    case Value::Kind::number: {
      const bool absent = field.field == Field::udp_checksum && value.number == 0;
      out += absent ? "absent" : print_value(field, value.number);
      break;
    }
    case Value::Kind::variable:
      out += '$' + value.variable;
      break;
    case Value::Kind::valid:
      out += "valid";
      break;
    case Value::Kind::bad:
      out += "bad";
      break;
  }
}

void print_settings(std::string& out, const Node& node, Field first, Field last) {
  for (const Setting& setting : node.settings) {
    if (info(setting.field).layer == Layer::fragment6) continue;  // part of the extensions
    if (setting.field >= first && setting.field <= last) print_setting(out, setting);
  }
}

std::string print_endpoint(const Node& node, const Address& address, Field port) {
  std::string text = wire::to_string(address);
  const Value* value = node.find(port);
  if (value == nullptr) return text;
  if (address.family == AddressFamily::ipv6) text = '[' + text + ']';
  const bool variable = value->kind == Value::Kind::variable;
  return text + ':' + (variable ? '$' + value->variable : std::to_string(value->number));
}

std::string print_endpoints(const Node& node) {
  const bool tcp = node.kind == Kind::tcp;
  return ' ' + print_endpoint(node, node.src, tcp ? Field::tcp_src_port : Field::udp_src_port) +
         " > " + print_endpoint(node, node.dst, tcp ? Field::tcp_dst_port : Field::udp_dst_port);
}

/// ICMP's type and code: their common name, if they have one.
void print_icmp_type(std::string& out, const Node& node) {
  const Value* type = node.find(Field::icmp_type);
  const Value* code = node.find(Field::icmp_code);
  const bool numbers = type != nullptr && code != nullptr && type->kind == Value::Kind::number &&
                       code->kind == Value::Kind::number;
  const auto names = icmp_names(node.kind);
  const auto name = std::ranges::find_if(names, [&](const icmp::Name& known) {
    return numbers && known.type == type->number && known.code == code->number;
  });
  if (name == names.end()) return print_settings(out, node, Field::icmp_type, Field::icmp_code);
  out += ' ' + std::string(name->word);
}

void print_header_fields(std::string& out, const Node& node) {
  print_settings(out, node, Field::sctp_vtag, Field::tcp_urgent);
  if (node.tcp_options && !node.tcp_options->empty()) {
    out += ' ' + print_tcp_options(*node.tcp_options);
  } else if (node.tcp_options) {
    out += " options hex -";
  }
  print_icmp_type(out, node);
  print_settings(out, node, Field::icmp_id, Field::sctp_checksum);
  if (!node.chunks) return;
  for (const std::string& chunk : print_chunks(*node.chunks))
    out += ' ' + chunk;
}

}  // namespace

std::string print_value(const FieldInfo& field, std::uint32_t value) {
  switch (field.style) {
    case Style::hex:
      return hex_number(value, field.width / 4);
    case Style::checksum:
      return hex_number(value, field.width / 4);
    case Style::address:
      return wire::to_string(Address::ipv4(value));
    case Style::tcp_flags:
      return tcp::flags_to_string(static_cast<std::uint8_t>(value));
    case Style::dccp_type:
      if (value < dccp::first_reserved) return std::string(dccp::type_names[value]);
      break;
    case Style::fragment:
      return print_fragment(value);
    case Style::fragment6:
      return print_fragment6(value);
    case Style::decimal:
    case Style::flag:
      break;
  }
  return std::to_string(value);
}

std::string print_hex(ByteView bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  if (bytes.empty()) return "-";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::string print_payload(ByteView payload) {
  if (is_generated(payload)) return "payload " + std::to_string(payload.size());
  return is_text(payload) ? quoted(payload) : "hex " + print_hex(payload);
}

/// Many zeros at the end are counted.
std::string print_filled_payload(ByteView payload) {
  const auto filled = std::find_if(payload.rbegin(), payload.rend(), [](auto b) { return b != 0; });
  const auto zeros = static_cast<std::size_t>(filled - payload.rbegin());
  if (zeros < shortest_generated) return print_payload(payload);
  return print_payload(payload.first(payload.size() - zeros)) + " zeros " + std::to_string(zeros);
}

std::string print_node(const Node& node) {
  if (node.kind == Kind::hex) return "hex " + print_hex(node.payload.value_or(Bytes{}));
  std::string out(to_string(node.kind));
  out += print_endpoints(node);
  print_header_fields(out, node);
  if (node.ip_options) out += " ip-options hex " + print_hex(*node.ip_options);
  out += print_extensions(node);
  if (node.before) out += " before hex " + print_hex(*node.before);
  if (node.embedded) out += " [ " + print_node(*node.embedded) + " ]";
  print_settings(out, node, Field::pad, Field::pad);
  if (node.payload) out += ' ' + print_filled_payload(*node.payload);
  if (node.trailer) out += " trailer hex " + print_hex(*node.trailer);
  print_settings(out, node, Field::cut, Field::cut);
  return out;
}

}  // namespace natstep::wire::text
