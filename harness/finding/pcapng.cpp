// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/finding/pcapng.h"

#include <string_view>

namespace natstep::harness {
namespace {

// Section numbers are of draft-ietf-opsawg-pcapng.
constexpr std::uint32_t section_header = 0x0a0d0d0a;  // 4.1
constexpr std::uint32_t interface_description = 1;    // 4.2
constexpr std::uint32_t enhanced_packet = 6;          // 4.3
constexpr std::uint32_t byte_order_magic = 0x1a2b3c4d;
constexpr std::uint16_t link_type_ethernet = 1;
constexpr std::uint16_t option_comment = 1;
constexpr std::uint16_t option_interface_name = 2;

/// Little-endian, whatever the machine is: the magic says so.
void put16(std::string& out, std::uint16_t value) {
  out += static_cast<char>(value & 0xff);
  out += static_cast<char>(value >> 8);
}
void put32(std::string& out, std::uint32_t value) {
  put16(out, static_cast<std::uint16_t>(value & 0xffff));
  put16(out, static_cast<std::uint16_t>(value >> 16));
}

void pad(std::string& out) {
  while (out.size() % 4 != 0)
    out += '\0';
}

/// 3.5: one option, and the end of the list.
void put_option(std::string& out, std::uint16_t code, std::string_view value) {
  constexpr std::size_t longest = 0xffff;
  value = value.substr(0, longest);
  put16(out, code);
  put16(out, static_cast<std::uint16_t>(value.size()));
  out += value;
  pad(out);
  put32(out, 0);
}

/// 3.1: the length stands at both ends.
std::string block(std::uint32_t type, std::string_view body) {
  constexpr std::uint32_t around = 12;
  const auto length = static_cast<std::uint32_t>(body.size()) + around;
  std::string out;
  put32(out, type);
  put32(out, length);
  out += body;
  put32(out, length);
  return out;
}

std::string section() {
  std::string body;
  put32(body, byte_order_magic);
  put16(body, 1);  // version 1.0
  put16(body, 0);
  body.append(8, '\xff');  // the section's length is not said
  return block(section_header, body);
}

std::string described(const std::string& name) {
  std::string body;
  put16(body, link_type_ethernet);
  put16(body, 0);
  put32(body, 0);  // no limit on the length of a packet
  put_option(body, option_interface_name, name);
  return block(interface_description, body);
}

/// There is no link layer on a TUN port. But libpcap refuses a second interface of LINKTYPE_RAW,
/// for it compares that with DLT_RAW, which has another number.
std::string ethernet_header(wire::ByteView packet) {
  const bool ipv6 = !packet.empty() && packet.front() >> 4 == 6;
  std::string header(12, '\0');
  return header + (ipv6 ? "\x86\xdd" : std::string("\x08\0", 2));
}

std::string captured(const CommentedPacket& packet) {
  const std::string header = ethernet_header(packet.bytes);
  const auto length = static_cast<std::uint32_t>(header.size() + packet.bytes.size());
  std::string body;
  put32(body, packet.interface);
  put32(body, static_cast<std::uint32_t>(packet.microseconds >> 32));
  put32(body, static_cast<std::uint32_t>(packet.microseconds & 0xffffffff));
  put32(body, length);
  put32(body, length);
  body += header;
  body.append(packet.bytes.begin(), packet.bytes.end());
  pad(body);
  if (!packet.comment.empty()) put_option(body, option_comment, packet.comment);
  return block(enhanced_packet, body);
}

}  // namespace

std::string pcapng(const std::vector<std::string>& interfaces,
                   const std::vector<CommentedPacket>& packets) {
  std::string file = section();
  for (const auto& name : interfaces)
    file += described(name);
  for (const auto& packet : packets)
    file += captured(packet);
  return file;
}

}  // namespace natstep::harness
