// SPDX-License-Identifier: GPL-2.0-or-later
// A packet of either family as the laws read it: strictly, and by itself. What the model would make
// of it is none of a law's business.
#pragma once

#include "model/conntrack/tuple.h"
#include "model/network_header.h"
#include "model/wire/address.h"
#include "model/wire/bytes.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace natstep::harness {

/// A packet whose network header is whole. It ends where that header says, or where the bytes do.
class LawPacket {
 public:
  /// A packet of its own: the version must be that of a family.
  static std::optional<LawPacket> read(wire::ByteView bytes);
  /// One that an error quotes. It is of the error's family, whatever it says itself.
  static std::optional<LawPacket> read_quoted(wire::ByteView bytes, wire::AddressFamily family);

  [[nodiscard]] wire::ByteView bytes() const { return bytes_; }
  [[nodiscard]] wire::AddressFamily family() const { return family_; }
  [[nodiscard]] wire::Address src() const { return model::source_of(bytes_, family_); }
  [[nodiscard]] wire::Address dst() const { return model::destination_of(bytes_, family_); }
  /// TTL or hop limit.
  [[nodiscard]] std::uint8_t hops() const;
  /// What the header says, which may be more than there is.
  [[nodiscard]] std::size_t total_length() const { return total_length_; }
  [[nodiscard]] bool is_fragment() const { return fragment_; }
  [[nodiscard]] std::uint8_t protocol() const { return l4_.protocol; }
  /// Where the transport header begins.
  [[nodiscard]] std::size_t l4_offset() const { return l4_.offset; }
  [[nodiscard]] wire::ByteView payload() const { return model::l4_of(bytes_, l4_); }
  [[nodiscard]] std::optional<model::Tuple> tuple() const;
  /// False only for a header of IPv4 that is summed wrongly.
  [[nodiscard]] bool header_checksum_valid() const;

  /// Its destination is the next place of a source route, and changes on the way.
  [[nodiscard]] bool is_source_routed() const;
  [[nodiscard]] bool is_icmp() const;
  [[nodiscard]] bool is_icmp_error() const;
  /// What an ICMP error quotes; nothing when this is none, or when that is no packet.
  [[nodiscard]] std::optional<LawPacket> quoted() const;

 private:
  LawPacket(wire::ByteView bytes, wire::AddressFamily family) : bytes_(bytes), family_(family) {}
  bool understand();
  bool understand_ipv4();
  bool understand_ipv6();

  wire::ByteView bytes_;
  wire::AddressFamily family_;
  std::size_t total_length_ = 0;
  model::L4Location l4_;
  bool fragment_ = false;
  bool begins_ = true;  // with its transport header: no later fragment
};

enum class ChecksumState : std::uint8_t {
  none,    // the protocol has none, or not all of what is summed is there
  absent,  // UDP's zero
  valid,
  bad,
};
std::string_view word(ChecksumState state);

/// The state of the transport checksum.
ChecksumState l4_checksum(const LawPacket& packet);

/// The bytes of the packet that NAT or the router may write: true where they may. What is quoted
/// counts as well, but for its TTL, which is no one's to write.
std::vector<bool> owned_bytes(const LawPacket& packet);

}  // namespace natstep::harness
