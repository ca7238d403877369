// SPDX-License-Identifier: GPL-2.0-or-later
// IPv6: field offsets, view, extension headers, builder. RFC 8200; RFC 4302 for the authentication
// header's length.
#pragma once

#include "model/wire/address.h"
#include "model/wire/bytes.h"
#include "model/wire/ipv4.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

namespace natstep::wire {

namespace ip_protocol {
inline constexpr std::uint8_t hop_by_hop = 0;
inline constexpr std::uint8_t routing = 43;
inline constexpr std::uint8_t fragment = 44;
inline constexpr std::uint8_t authentication = 51;
inline constexpr std::uint8_t icmpv6 = 58;
inline constexpr std::uint8_t no_next_header = 59;
inline constexpr std::uint8_t destination_options = 60;
}  // namespace ip_protocol

namespace ipv6 {
inline constexpr std::size_t version_class_flow = 0;
inline constexpr std::size_t payload_length = 4;
inline constexpr std::size_t next_header = 6;
inline constexpr std::size_t hop_limit = 7;
inline constexpr std::size_t src = 8;
inline constexpr std::size_t dst = 24;
inline constexpr std::size_t size = 40;
inline constexpr std::size_t min_mtu = 1280;
inline constexpr std::uint32_t flow_label_mask = 0x000fffff;

/// Every extension header begins with these two; the rest differs.
namespace extension {
inline constexpr std::size_t next_header = 0;
inline constexpr std::size_t length = 1;  // units of eight bytes, the first not counted; AH differs
inline constexpr std::size_t min_size = 2;
}  // namespace extension

namespace fragment {
inline constexpr std::size_t word = 2;  // offset and flags
inline constexpr std::size_t id = 4;
inline constexpr std::size_t size = 8;
inline constexpr std::uint16_t mf = 0x0001;
inline constexpr std::uint16_t offset_mask = 0xfff8;  // the offset in bytes, as it stands
}  // namespace fragment

namespace routing {
inline constexpr std::size_t type = 2;
inline constexpr std::size_t segments_left = 3;
}  // namespace routing

/// ipv6_ext_hdr: what the kernel takes for an extension header. ESP is none, "no next header" is.
constexpr bool is_extension(std::uint8_t protocol) {
  return protocol == ip_protocol::hop_by_hop || protocol == ip_protocol::routing ||
         protocol == ip_protocol::fragment || protocol == ip_protocol::authentication ||
         protocol == ip_protocol::no_next_header || protocol == ip_protocol::destination_options;
}

/// The smallest legal size of an extension header with `data` bytes behind its first two.
std::size_t extension_size_for(std::uint8_t protocol, std::size_t data);
}  // namespace ipv6

/// RFC 4302 section 2; IPv4 has it, too.
namespace authentication {
inline constexpr std::size_t next_header = 0;
inline constexpr std::size_t length = 1;  // units of four bytes, the first two not counted
inline constexpr std::size_t reserved = 2;
inline constexpr std::size_t spi = 4;
inline constexpr std::size_t sequence = 8;
}  // namespace authentication

/// An extension header as it stands in a packet.
struct ExtensionHeader {
  std::uint8_t protocol = 0;  // what it is
  std::uint8_t next = 0;      // what follows it
  std::size_t offset = 0;     // from the beginning of the bytes
  std::size_t size = 0;       // as its length field says; may be more than there is
};

/// The extension header of type `protocol` at `offset` of `bytes`; nothing when its first two bytes
/// are not there, or when `protocol` is none that has a length.
std::optional<ExtensionHeader> extension_at(ByteView bytes, std::uint8_t protocol,
                                            std::size_t offset);

/// Where a walk over the extension headers ended, and what it met.
struct ExtensionWalk {
  enum class End : std::uint8_t {
    upper_layer,     // at a protocol that is no extension header
    no_next_header,  // protocol 59
    later_fragment,  // at a fragment header whose offset is not zero
    truncated,       // the header at `offset` is not there as far as it must be read
  } end = End::upper_layer;
  std::uint8_t protocol = 0;  // of the header at which it ended
  std::size_t offset = 0;     // of that header. Nothing says that there are bytes at it: the last
                              // extension header may claim more than there is
  std::size_t headers = 0;    // extension headers that were skipped
  std::optional<ExtensionHeader> fragment{};  // the last fragment header, if its offset field is
                                              // there
  std::uint16_t fragment_word = 0;
  std::optional<ExtensionHeader> authentication{};  // the first one that was skipped

  [[nodiscard]] constexpr std::size_t fragment_offset() const {  // bytes
    return fragment_word & ipv6::fragment::offset_mask;
  }
};

/// ipv6_skip_exthdr: from the header of type `protocol` at `offset` on. A first fragment is walked
/// through, a later one ends the walk. What ipv6_find_hdr says can be told from the same result: it
/// refuses an `offset` behind the end of the bytes, and names what follows a later fragment
/// (`fragment->next`).
ExtensionWalk walk_extensions(ByteView bytes, std::uint8_t protocol, std::size_t offset);

/// Where a packet's first fragment header stands, and the byte that names it.
struct FragmentPlace {
  std::size_t named_at = 0;
  std::size_t offset = 0;
};

/// find_prev_fhdr. The header itself may be cut off.
std::optional<FragmentPlace> find_fragment_header(ByteView packet);

/// ip6_find_1stfragopt: where the part of a packet begins that may be cut into fragments, and the
/// byte that names what stands there. Nothing when an extension header in front of it is cut off.
std::optional<FragmentPlace> fragmentable_part(ByteView packet);

/// A view over an IPv6 packet; values are host order. It checks nothing by itself: only a view that
/// `fits()` may be read. The spans it gives never leave the bytes it was made over, whatever the
/// length in the header says.
template <typename Byte>
class BasicIpv6 {
 public:
  using Span = std::span<Byte>;
  static constexpr bool writable = !std::is_const_v<Byte>;

  explicit constexpr BasicIpv6(Span bytes) : bytes_(bytes) {}
  /// A view, if the fixed header is there. Version and length are not looked at.
  static constexpr std::optional<BasicIpv6> parse(Span bytes) {
    const BasicIpv6 view(bytes);
    return view.fits() ? std::optional(view) : std::nullopt;
  }
  [[nodiscard]] constexpr bool fits() const { return bytes_.size() >= ipv6::size; }

  [[nodiscard]] constexpr Span bytes() const { return bytes_; }
  [[nodiscard]] constexpr std::uint8_t version() const {
    return bytes_[ipv6::version_class_flow] >> 4;
  }
  [[nodiscard]] constexpr std::uint8_t traffic_class() const {
    return static_cast<std::uint8_t>(first_word() >> 20);
  }
  [[nodiscard]] constexpr std::uint32_t flow_label() const {
    return first_word() & ipv6::flow_label_mask;
  }
  [[nodiscard]] constexpr std::uint16_t payload_length() const {
    return load_be16(&bytes_[ipv6::payload_length]);
  }
  [[nodiscard]] constexpr std::uint8_t next_header() const { return bytes_[ipv6::next_header]; }
  [[nodiscard]] constexpr std::uint8_t hop_limit() const { return bytes_[ipv6::hop_limit]; }
  [[nodiscard]] constexpr Address src_address() const { return address(ipv6::src); }
  [[nodiscard]] constexpr Address dst_address() const { return address(ipv6::dst); }

  /// Length of the IP packet as the header says.
  [[nodiscard]] constexpr std::size_t total_length() const { return ipv6::size + payload_length(); }
  /// From the end of the fixed header to the end of the IP packet or of the view, whichever comes
  /// first: extension headers and what they lead to.
  [[nodiscard]] constexpr Span payload() const { return between(ipv6::size, total_length()); }
  /// From the end of the fixed header to the end of the view: what there is of a packet embedded in
  /// an ICMPv6 error.
  [[nodiscard]] constexpr Span rest() const { return between(ipv6::size, bytes_.size()); }
  /// What follows the IP packet.
  [[nodiscard]] constexpr Span trailer() const { return between(total_length(), bytes_.size()); }
  /// The walk over the extension headers through all bytes of the view. Who wants it to end where
  /// the IP packet ends makes the view over that much.
  [[nodiscard]] ExtensionWalk walk() const {
    return walk_extensions(bytes_, next_header(), ipv6::size);
  }

  // Setters write one field and nothing else.
  constexpr void set_version(std::uint8_t v) const requires writable {
    set_first_word((first_word() & 0x0fffffff) | std::uint32_t{v} << 28);
  }
  constexpr void set_traffic_class(std::uint8_t v) const requires writable {
    set_first_word((first_word() & 0xf00fffff) | std::uint32_t{v} << 20);
  }
  constexpr void set_flow_label(std::uint32_t v) const requires writable {
    set_first_word((first_word() & ~ipv6::flow_label_mask) | (v & ipv6::flow_label_mask));
  }
  constexpr void set_payload_length(std::uint16_t v) const requires writable {
    store_be16(&bytes_[ipv6::payload_length], v);
  }
  constexpr void set_next_header(std::uint8_t v) const requires writable {
    bytes_[ipv6::next_header] = v;
  }
  constexpr void set_hop_limit(std::uint8_t v) const requires writable {
    bytes_[ipv6::hop_limit] = v;
  }
  constexpr void set_src(const Address& v) const requires writable { set_address(ipv6::src, v); }
  constexpr void set_dst(const Address& v) const requires writable { set_address(ipv6::dst, v); }

 private:
  [[nodiscard]] constexpr std::uint32_t first_word() const {
    return load_be32(&bytes_[ipv6::version_class_flow]);
  }
  constexpr void set_first_word(std::uint32_t v) const {
    store_be32(&bytes_[ipv6::version_class_flow], v);
  }
  [[nodiscard]] constexpr Address address(std::size_t at) const {
    Address value{.family = AddressFamily::ipv6};
    std::ranges::copy(bytes_.subspan(at, value.bytes.size()), value.bytes.begin());
    return value;
  }
  constexpr void set_address(std::size_t at, const Address& v) const {
    std::ranges::copy(v.bytes, bytes_.subspan(at).begin());
  }
  [[nodiscard]] constexpr Span between(std::size_t from, std::size_t to) const {
    to = std::min(to, bytes_.size());
    return from < to ? bytes_.subspan(from, to - from) : Span{};
  }

  Span bytes_;
};

using Ipv6View = BasicIpv6<const std::uint8_t>;
using Ipv6Edit = BasicIpv6<std::uint8_t>;

/// An extension header to build.
struct Ipv6Extension {
  std::uint8_t protocol = 0;             // what it is
  Bytes data{};                          // all behind its first two bytes, padded with zeros to
                                         // the next legal size
  std::optional<std::uint8_t> next{};    // unset: what follows it in fact
  std::optional<std::uint8_t> length{};  // its second byte; unset: computed. Zero for a fragment
                                         // header, where the byte is reserved
};

/// A fragment header: `word` is the offset in bytes, ipv6::fragment::mf.
Ipv6Extension fragment_extension(std::uint16_t word, std::uint32_t id);

/// An IPv6 header to build. What is unset is computed.
struct Ipv6Header {
  Address src{.family = AddressFamily::ipv6};
  Address dst{.family = AddressFamily::ipv6};
  std::uint8_t protocol = 0;  // what follows the last extension header
  std::uint8_t hop_limit = 64;
  std::uint8_t traffic_class = 0;
  std::uint32_t flow_label = 0;
  std::uint8_t version = 6;
  std::optional<std::uint8_t> next_header{};      // unset: the first extension header or `protocol`
  std::optional<std::uint16_t> payload_length{};  // bytes, extension headers included
  std::vector<Ipv6Extension> extensions{};
};

/// The header with its extension headers, followed by `payload`.
Bytes build(const Ipv6Header& header, ByteView payload);

}  // namespace natstep::wire
