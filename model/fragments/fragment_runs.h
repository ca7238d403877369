// SPDX-License-Identifier: GPL-2.0-or-later
// The fragments of one datagram that are there, and whether another fits between them: what IPv4
// and IPv6 have in common. Source: net/ipv4/inet_fragment.c (inet_frag_queue_insert); RFC 5722.
#pragma once

#include "model/wire/bytes.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace natstep::model {

class Step;

class FragmentRuns {
 public:
  enum class Fit : std::uint8_t { fits, duplicate, overlap };

  struct Piece {
    std::uint32_t offset = 0;
    wire::Bytes payload;
    /// It was not there in time to continue the piece before it. Pieces that came in order are one
    /// run, and only within a run a duplicate is recognised.
    bool begins_run = true;

    [[nodiscard]] std::uint32_t end() const {
      return offset + static_cast<std::uint32_t>(payload.size());
    }
  };

  /// Takes the piece when it fits. It must not be empty.
  Fit insert(Step& step, std::uint32_t offset, wire::ByteView payload);

  [[nodiscard]] bool empty() const { return pieces_.empty(); }
  /// In ascending order of their offset.
  [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  void clear();

 private:
  [[nodiscard]] Fit judge(Step& step, std::uint32_t offset, std::uint32_t end) const;

  std::vector<Piece> pieces_;
  std::size_t bytes_ = 0;
};

}  // namespace natstep::model
