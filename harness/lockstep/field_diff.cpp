// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/field_diff.h"

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

wire::ByteView bytes_of(const wire::FieldText& field, wire::ByteView packet) {
  const auto offset = std::min(field.offset, packet.size());
  return packet.subspan(offset, std::min(field.length, packet.size() - offset));
}

const wire::FieldText* find_field(const std::vector<wire::FieldText>& fields,
                                  const std::string& name) {
  const auto found = std::ranges::find(fields, name, &wire::FieldText::name);
  return found == fields.end() ? nullptr : &*found;
}

/// Fields that share a byte differ when their texts do; equal bytes never differ.
bool unequal(const wire::FieldText& left, wire::ByteView left_packet, const wire::FieldText& right,
             wire::ByteView right_packet) {
  return left.value != right.value &&
         !std::ranges::equal(bytes_of(left, left_packet), bytes_of(right, right_packet));
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
          .kernel = byte_at(kernel, offset),
          .unequal = true};
}

}  // namespace

std::vector<FieldRow> field_rows(wire::ByteView sent, wire::ByteView model, wire::ByteView kernel) {
  const auto in_sent = numbered_fields(sent), in_model = numbered_fields(model),
             in_kernel = numbered_fields(kernel);
  const auto sent_value = [&](const std::string& name) {
    const auto* field = find_field(in_sent, name);
    return field == nullptr ? std::string() : field->value;
  };
  std::vector<FieldRow> rows;
  for (const auto& field : in_model) {
    const auto* other = find_field(in_kernel, field.name);
    rows.push_back({.name = field.name,
                    .sent = sent_value(field.name),
                    .model = field.value,
                    .kernel = other == nullptr ? "" : other->value,
                    .unequal = other == nullptr || unequal(field, model, *other, kernel)});
  }
  for (const auto& field : in_kernel) {
    if (find_field(in_model, field.name) != nullptr) continue;
    rows.push_back({.name = field.name,
                    .sent = sent_value(field.name),
                    .model = {},
                    .kernel = field.value,
                    .unequal = true});
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
