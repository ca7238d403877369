// SPDX-License-Identifier: GPL-2.0-or-later
// Packets field by field, in three columns: as sent, as the model has it, as the kernel has it.
#pragma once

#include "model/wire/bytes.h"

#include <string>
#include <vector>

namespace natstep::harness {

/// One field in the three columns; empty where a column does not have it.
struct FieldRow {
  std::string name;
  std::string sent;
  std::string model;
  std::string kernel;
  /// The field's own bytes are not the same in model and kernel. A checksum that is right on one
  /// side and wrong on the other over equal bytes does not differ: what it sums does.
  bool unequal = false;

  [[nodiscard]] bool differs() const { return unequal; }
  [[nodiscard]] bool changed() const { return sent != model || sent != kernel; }
};

/// Every field of the three packets, in wire order. Packets whose bytes differ have at least one
/// row that differs.
std::vector<FieldRow> field_rows(wire::ByteView sent, wire::ByteView model, wire::ByteView kernel);

/// The fields in which two packets differ, as rows whose `model` is `left` and whose `kernel` is
/// `right`.
std::vector<FieldRow> differing_fields(wire::ByteView left, wire::ByteView right);

}  // namespace natstep::harness
