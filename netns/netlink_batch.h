// SPDX-License-Identifier: GPL-2.0-or-later
// nfnetlink requests that go together in one message, put together in memory that is used again:
// libnl takes a page for each.
#pragma once

#include "model/wire/bytes.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace natstep::netns {

class NetlinkBatch {
 public:
  struct Request {
    int subsystem = 0;  // NFNL_SUBSYS_*; NFNL_SUBSYS_NONE for the batch's own messages
    int type = 0;
    int flags = 0;  // besides NLM_F_REQUEST
    std::uint8_t family = 0;
    std::uint16_t resource = 0;  // res_id in host order
    std::uint32_t number = 0;    // comes back with the answer
  };

  void clear() { bytes_.clear(); }
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return bytes_; }

  /// What is put until end_message() belongs to the request; both take where begin_message() put
  /// it.
  std::size_t begin_message(const Request& request);
  void end_message(std::size_t at);
  /// Likewise for an attribute that holds others.
  std::size_t begin_nest(int attribute);
  void end_nest(std::size_t at);

  void put(int attribute, std::span<const std::uint8_t> value);
  void put_u8(int attribute, std::uint8_t value) { put(attribute, {&value, 1}); }
  void put_be16(int attribute, std::uint16_t value);
  void put_be32(int attribute, std::uint32_t value);
  /// With the zero that ends a string for the kernel.
  void put_string(int attribute, std::string_view value);

 private:
  std::vector<std::uint8_t> bytes_;
};

}  // namespace natstep::netns
