// SPDX-License-Identifier: GPL-2.0-or-later
// Requests to ctnetlink that go together in one message.
#pragma once

#include "netns/netlink_batch.h"
#include "netns/observation.h"

#include <cstdint>
#include <span>

namespace natstep::netns {

/// Each answer bears the number of its request.
class CtBatch {
 public:
  void clear() { batch_.clear(); }
  /// Asks for the entry with this original tuple.
  void get(const CtTuple& original, std::uint32_t number);
  /// Asks for its end; an answer tells of failure only.
  void remove(const CtTuple& original, std::uint32_t number);
  /// Asks how many entries there are.
  void count(std::uint32_t number);
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return batch_.bytes(); }

 private:
  std::size_t begin_message(int type, std::uint8_t family, std::uint32_t number);
  void put_address(int ipv4_attribute, int ipv6_attribute, const wire::Address& address);
  void put_proto(const CtTuple& tuple);
  void put_tuple(const CtTuple& tuple);

  NetlinkBatch batch_;
};

}  // namespace natstep::netns
