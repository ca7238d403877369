// SPDX-License-Identifier: GPL-2.0-or-later
// Requests to ctnetlink that go together in one message, put together in memory that is used again:
// libnl takes a page for each.
#pragma once

#include "netns/observation.h"

#include <cstdint>
#include <span>
#include <vector>

namespace natstep::netns {

class CtBatch {
 public:
  void clear() { bytes_.clear(); }
  /// Asks for the entry with this original tuple, and then for its end. The answer to the first
  /// bears `number`, one to the second, which tells of failure only, `number` + 1.
  void get_and_delete(const CtTuple& original, std::uint32_t number);
  /// Asks how many entries there are.
  void count(std::uint32_t number);
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return bytes_; }

 private:
  std::size_t begin_message(int type, std::uint8_t family, std::uint32_t number);
  void end_message(std::size_t at);
  std::size_t begin_nest(int attribute);
  void end_nest(std::size_t at);
  void put(int attribute, std::span<const std::uint8_t> value);
  void put_u8(int attribute, std::uint8_t value) { put(attribute, {&value, 1}); }
  void put_be16(int attribute, std::uint16_t value);
  void put_address(int ipv4_attribute, int ipv6_attribute, const wire::Address& address);
  void put_proto(const CtTuple& tuple);
  void put_tuple(const CtTuple& tuple);

  std::vector<std::uint8_t> bytes_;
};

}  // namespace natstep::netns
