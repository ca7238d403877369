// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wire/ipv6.h"

namespace natstep::wire {
namespace {

/// The size of an extension header whose second byte is `length` (ipv6_optlen, ipv6_authlen).
std::size_t extension_size(std::uint8_t protocol, std::uint8_t length) {
  switch (protocol) {
    case ip_protocol::fragment:
      return ipv6::fragment::size;
    case ip_protocol::authentication:
      return (std::size_t{length} + 2) * 4;
    default:
      return (std::size_t{length} + 1) * 8;
  }
}

std::uint8_t length_for(std::uint8_t protocol, std::size_t size) {
  switch (protocol) {
    case ip_protocol::fragment:
      return 0;
    case ip_protocol::authentication:
      return static_cast<std::uint8_t>(size / 4 - 2);
    default:
      return static_cast<std::uint8_t>(size / 8 - 1);
  }
}

void append(Bytes& bytes, const Ipv6Extension& extension, std::uint8_t follows) {
  const std::size_t begin = bytes.size();
  const std::size_t size = ipv6::extension_size_for(extension.protocol, extension.data.size());
  bytes.push_back(extension.next.value_or(follows));
  bytes.push_back(extension.length.value_or(length_for(extension.protocol, size)));
  bytes.insert(bytes.end(), extension.data.begin(), extension.data.end());
  bytes.resize(begin + size);
}

}  // namespace

std::size_t ipv6::extension_size_for(std::uint8_t protocol, std::size_t data) {
  const std::size_t needed = extension::min_size + data;
  const std::size_t unit = protocol == ip_protocol::authentication ? 4 : 8;
  return std::max<std::size_t>((needed + unit - 1) / unit * unit, 8);
}

std::optional<ExtensionHeader> extension_at(ByteView bytes, std::uint8_t protocol,
                                            std::size_t offset) {
  const bool has_length = ipv6::is_extension(protocol) && protocol != ip_protocol::no_next_header;
  if (!has_length || offset + ipv6::extension::min_size > bytes.size()) return std::nullopt;
  const std::uint8_t length = bytes[offset + ipv6::extension::length];
  return ExtensionHeader{.protocol = protocol,
                         .next = bytes[offset + ipv6::extension::next_header],
                         .offset = offset,
                         .size = extension_size(protocol, length)};
}

ExtensionWalk walk_extensions(ByteView bytes, std::uint8_t protocol, std::size_t offset) {
  using End = ExtensionWalk::End;
  ExtensionWalk walk{.protocol = protocol, .offset = offset};
  const auto ended = [&walk](End end) {
    walk.end = end;
    return walk;
  };
  while (ipv6::is_extension(walk.protocol)) {
    if (walk.protocol == ip_protocol::no_next_header) return ended(End::no_next_header);
    const auto header = extension_at(bytes, walk.protocol, walk.offset);
    if (!header) return ended(End::truncated);
    if (walk.protocol == ip_protocol::fragment) {
      const std::size_t word = walk.offset + ipv6::fragment::word;
      if (word + 2 > bytes.size()) return ended(End::truncated);
      walk.fragment = header;
      walk.fragment_word = load_be16(&bytes[word]);
      if (walk.fragment_offset() != 0) return ended(End::later_fragment);
    }
    if (walk.protocol == ip_protocol::authentication && !walk.authentication) {
      walk.authentication = header;
    }
    walk.protocol = header->next;
    walk.offset += header->size;
    ++walk.headers;
  }
  return ended(End::upper_layer);
}

std::optional<FragmentPlace> find_fragment_header(ByteView packet) {
  FragmentPlace place{.named_at = ipv6::next_header, .offset = ipv6::size};
  while (packet[place.named_at] != ip_protocol::fragment) {
    const auto header = extension_at(packet, packet[place.named_at], place.offset);
    if (!header) return std::nullopt;
    place = {.named_at = place.offset, .offset = place.offset + header->size};
  }
  return place.offset <= packet.size() ? std::optional(place) : std::nullopt;
}

std::optional<FragmentPlace> fragmentable_part(ByteView packet) {
  FragmentPlace place{.named_at = ipv6::next_header, .offset = ipv6::size};
  bool routed = false;
  for (;;) {
    const std::uint8_t protocol = packet[place.named_at];
    const bool options = protocol == ip_protocol::destination_options;
    const bool whole = protocol == ip_protocol::hop_by_hop || protocol == ip_protocol::routing;
    if (!whole && (!options || routed)) return place;
    routed = routed || protocol == ip_protocol::routing;
    const auto header = extension_at(packet, protocol, place.offset);
    if (!header || header->offset + header->size > packet.size()) return std::nullopt;
    place = {.named_at = place.offset, .offset = place.offset + header->size};
  }
}

Ipv6Extension fragment_extension(std::uint16_t word, std::uint32_t id) {
  Ipv6Extension extension{.protocol = ip_protocol::fragment, .data = Bytes(6)};
  store_be16(&extension.data[0], word);
  store_be32(&extension.data[2], id);
  return extension;
}

Bytes build(const Ipv6Header& header, ByteView payload) {
  Bytes bytes(ipv6::size);
  const auto& extensions = header.extensions;
  for (std::size_t i = 0; i < extensions.size(); ++i) {
    const bool last = i + 1 == extensions.size();
    append(bytes, extensions[i], last ? header.protocol : extensions[i + 1].protocol);
  }
  bytes.insert(bytes.end(), payload.begin(), payload.end());

  const std::uint8_t first = extensions.empty() ? header.protocol : extensions[0].protocol;
  const std::size_t length = bytes.size() - ipv6::size;
  const Ipv6Edit edit(bytes);
  edit.set_version(header.version);
  edit.set_traffic_class(header.traffic_class);
  edit.set_flow_label(header.flow_label);
  edit.set_payload_length(header.payload_length.value_or(static_cast<std::uint16_t>(length)));
  edit.set_next_header(header.next_header.value_or(first));
  edit.set_hop_limit(header.hop_limit);
  edit.set_src(header.src);
  edit.set_dst(header.dst);
  return bytes;
}

}  // namespace natstep::wire
