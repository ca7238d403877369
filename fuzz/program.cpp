// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/program.h"

#include <algorithm>
#include <span>

namespace natstep::fuzz {
namespace {

/// Set in the byte of the topology when a text stands in the place of the tables' indexes.
constexpr std::uint8_t has_text = 0x80;
/// The version that had seven sources of packets, and two parts of a box and one index of a packet
/// less than today's.
constexpr std::uint8_t first_version = 1;
constexpr std::size_t first_source_count = 7;

class Writer {
 public:
  explicit Writer(wire::Bytes& into) : bytes_(into) { bytes_.clear(); }
  void u8(std::uint8_t value) { bytes_.push_back(value); }
  void u16(std::size_t value) {
    u8(static_cast<std::uint8_t>(value >> 8));
    u8(static_cast<std::uint8_t>(value));
  }
  template <typename Range>
  void counted(const Range& range) {
    u16(range.size());
    for (const auto byte : range)
      u8(static_cast<std::uint8_t>(byte));
  }

 private:
  wire::Bytes& bytes_;
};

/// Reads zeros behind the end.
class Reader {
 public:
  explicit Reader(wire::ByteView bytes) : bytes_(bytes), is_first_(u8() == first_version) {}

  [[nodiscard]] bool is_first_version() const { return is_first_; }
  [[nodiscard]] bool done() const { return at_ >= bytes_.size(); }
  std::uint8_t u8() { return done() ? std::uint8_t{0} : bytes_[at_++]; }
  std::uint16_t u16() {
    const std::uint8_t high = u8();
    return static_cast<std::uint16_t>(high << 8 | u8());
  }
  wire::ByteView counted(std::size_t most) {
    const std::size_t wanted = u16();
    const std::size_t size = std::min({wanted, bytes_.size() - at_, most});
    at_ += size;
    return bytes_.subspan(at_ - size, size);
  }

 private:
  wire::ByteView bytes_;
  std::size_t at_ = 0;
  bool is_first_ = false;
};

template <typename AnyBox>
auto parts(AnyBox& box) {
  return std::array{&box.source,   &box.destination, &box.filter, &box.helper,
                    &box.settings, &box.block,       &box.devices};
}

void write(Writer& out, const BoxChoice& box) {
  out.u8(static_cast<std::uint8_t>((box.topology & ~has_text) | (box.text.empty() ? 0 : has_text)));
  for (const auto* value : parts(box))
    out.u8(*value);
  if (!box.text.empty()) out.counted(box.text);
}

BoxChoice read_box(Reader& in) {
  BoxChoice box;
  const std::uint8_t topology = in.u8();
  box.topology = topology & static_cast<std::uint8_t>(~has_text);
  constexpr std::size_t new_parts = 2;
  const auto all = parts(box);
  for (auto* value : std::span(all).first(all.size() - (in.is_first_version() ? new_parts : 0)))
    *value = in.u8();
  if ((topology & has_text) == 0) return box;
  const auto text = in.counted(most_box_text);
  box.text.assign(text.begin(), text.end());
  return box;
}

// The field of a patch has six bits; one says when, one to which layer.
void write(Writer& out, const Patch& patch) {
  out.u8(static_cast<std::uint8_t>(static_cast<unsigned>(patch.field) |
                                   static_cast<unsigned>(patch.when) << 6 |
                                   static_cast<unsigned>(patch.layer) << 7));
  out.u16(patch.value);
}

Patch read_patch(Reader& in) {
  const std::uint8_t head = in.u8();
  Patch patch;
  patch.field = static_cast<Patch::Field>((head & 0x3f) % Patch::field_count);
  patch.when = static_cast<Patch::When>(head >> 6 & 1);
  patch.layer = static_cast<Patch::Layer>(head >> 7);
  patch.value = in.u16();
  return patch;
}

template <typename AnyOp>
auto indexes(AnyOp& op) {
  return std::array{&op.where,    &op.subject,  &op.frame, &op.protocol, &op.src,   &op.dst,
                    &op.src_port, &op.dst_port, &op.kind,  &op.content,  &op.extra, &op.offload};
}

void write(Writer& out, const Op& op) {
  out.u8(static_cast<std::uint8_t>(op.source));
  for (const auto* value : indexes(op))
    out.u8(*value);
  out.u8(static_cast<std::uint8_t>(op.patches.size()));
  for (const Patch& patch : op.patches)
    write(out, patch);
  if (op.source == Source::literal) out.counted(op.literal);
}

Op read_op(Reader& in) {
  Op op;
  const bool first = in.is_first_version();
  op.source = static_cast<Source>(in.u8() % (first ? first_source_count : source_count));
  const auto all = indexes(op);
  for (auto* value : std::span(all).first(all.size() - (first ? 1 : 0)))
    *value = in.u8();
  const std::size_t patches = in.u8() % (most_patches + 1);
  for (std::size_t i = 0; i < patches; ++i)
    op.patches.push_back(read_patch(in));
  if (op.source != Source::literal) return op;
  const auto bytes = in.counted(most_literal_bytes);
  op.literal.assign(bytes.begin(), bytes.end());
  return op;
}

}  // namespace

wire::Bytes encode(const Program& program) {
  wire::Bytes bytes;
  encode(program, bytes);
  return bytes;
}

void encode(const Program& program, wire::Bytes& into) {
  Writer out(into);
  out.u8(program_version);
  write(out, program.box);
  for (const Op& op : program.ops)
    write(out, op);
}

Program decode(wire::ByteView bytes) {
  Reader in(bytes);
  Program program;
  program.box = read_box(in);
  while (!in.done() && program.ops.size() < most_ops)
    program.ops.push_back(read_op(in));
  return program;
}

}  // namespace natstep::fuzz
