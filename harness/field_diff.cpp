// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/field_diff.h"

#include "model/wire/text.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

/// Dissected fields in order. A name that comes twice (an option, say) gets a number, so that rows
/// can be paired by name.
std::vector<wire::FieldText> numbered_fields(wire::ByteView packet) {
  auto fields = wire::dissect(packet);
  std::map<std::string, int, std::less<>> seen;
  for (auto& field : fields) {
    const int count = ++seen[field.name];
    if (count > 1) field.name += fmt::format("#{}", count);
  }
  return fields;
}

FieldRow& row_named(std::vector<FieldRow>& rows, const std::string& name) {
  const auto found = std::ranges::find(rows, name, &FieldRow::name);
  if (found != rows.end()) return *found;
  rows.push_back({.name = name, .sent = {}, .model = {}, .kernel = {}});
  return rows.back();
}

void fill(std::vector<FieldRow>& rows, wire::ByteView packet, std::string FieldRow::*column) {
  for (auto& field : numbered_fields(packet))
    row_named(rows, field.name).*column = std::move(field.value);
}

std::string byte_at(wire::ByteView packet, std::size_t offset) {
  return offset < packet.size() ? fmt::format("0x{:02x}", packet[offset]) : "";
}

/// The first byte that differs, for packets whose difference no dissected field shows.
FieldRow byte_row(wire::ByteView sent, wire::ByteView model, wire::ByteView kernel) {
  const auto [in_model, in_kernel] = std::ranges::mismatch(model, kernel);
  const auto offset = static_cast<std::size_t>(in_model - model.begin());
  return {.name = fmt::format("byte {}", offset),
          .sent = byte_at(sent, offset),
          .model = byte_at(model, offset),
          .kernel = byte_at(kernel, offset)};
}

}  // namespace

std::vector<FieldRow> field_rows(wire::ByteView sent, wire::ByteView model, wire::ByteView kernel) {
  std::vector<FieldRow> rows;
  // The model's order first: what only another column has comes behind.
  fill(rows, model, &FieldRow::model);
  fill(rows, kernel, &FieldRow::kernel);
  for (auto& field : numbered_fields(sent)) {
    const auto found = std::ranges::find(rows, field.name, &FieldRow::name);
    if (found != rows.end()) found->sent = std::move(field.value);
  }
  const bool equal = std::ranges::equal(model, kernel);
  if (!equal && std::ranges::none_of(rows, &FieldRow::differs))
    rows.push_back(byte_row(sent, model, kernel));
  return rows;
}

std::vector<FieldRow> differing_fields(wire::ByteView left, wire::ByteView right) {
  auto rows = field_rows({}, left, right);
  std::erase_if(rows, [](const FieldRow& row) { return !row.differs(); });
  return rows;
}

}  // namespace natstep::harness
