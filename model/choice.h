// SPDX-License-Identifier: GPL-2.0-or-later
// Choices: values that the kernel is free to pick.
//
// The model never ignores a field. Where the kernel may choose (the port after a clash, the IP id
// of its own packet), the model asks its Chooser, which in lockstep answers with what the kernel
// did. The model checks the answer against the set of allowed values, and from then on is exact.
#pragma once

#include "model/clause.h"
#include "model/conntrack/tuple.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace natstep::model {

enum class ChoiceKind : std::uint8_t {
  source_id,       // port or ICMP id written by a source manip
  destination_id,  // port or ICMP id written by a destination manip
  expected_port,   // port under which a helper announces a connection
  ip_id,           // IPv4 identification of a packet that the box itself sends
  fragment_id,     // IPv6 identification of a packet that the box cuts
};

/// A question to the Chooser.
struct Choice {
  ChoiceKind kind{};
  Clause clause{};  // the clause that leaves the kernel free
  Tuple original;   // source_id, destination_id: the entry's original tuple
  Tuple wanted;     // the tuple sought, whose chosen field is still open (its value is meaningless)
  std::uint16_t instead_of = 0;  // expected_port: the port that was announced
  wire::Bytes packet;        // ip_id, fragment_id: the packet that the box is about to send, or its
                             // first piece, with an id of zero
  std::uint32_t lowest = 0;  // allowed values, inclusive
  std::uint32_t highest = 0xffff;
  std::function<bool(std::uint32_t)> allowed;  // empty: everything in the range

  [[nodiscard]] bool permits(std::uint32_t value) const {
    return value >= lowest && value <= highest && (!allowed || allowed(value));
  }
};

/// A choice that was made: what the harness binds and the report shows.
struct BoundChoice {
  ChoiceKind kind{};
  Clause clause{};
  std::uint32_t value = 0;
  bool observed = false;  // false: nothing was observed, the lowest allowed value stands in
  bool permitted = true;  // false: the kernel's value is not one that the clause allows
  std::string allowed;    // the permitted set in words: "1024-65535, not taken"
};

class Chooser {
 public:
  virtual ~Chooser() = default;
  /// The value that was observed, or nothing when nothing shows it (the model then takes the lowest
  /// permitted value).
  virtual std::optional<std::uint32_t> choose(const Choice& choice) = 0;
};

/// For a model that runs alone: never knows, so the lowest permitted value is taken each time.
class LowestChooser final : public Chooser {
 public:
  std::optional<std::uint32_t> choose(const Choice&) override { return std::nullopt; }
};

}  // namespace natstep::model
