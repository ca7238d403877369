// SPDX-License-Identifier: GPL-2.0-or-later
// The packet notation: whatever the bytes, what is printed parses back to them; whatever the text,
// nothing crashes, and what parses prints to something that means the same.
#include "model/wire/text.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace natstep::wire;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_bytes(ByteView bytes) {
  const auto packet = parse_packet(print_packet(bytes));
  require(static_cast<bool>(packet));
  const auto built = packet.value().build({});
  require(built && std::ranges::equal(built.value(), bytes));
  for (const FieldText& field : dissect(bytes)) {
    require(field.offset + field.length <= bytes.size());
  }
}

void check_text(std::string_view text) {
  const auto packet = parse_packet(text);
  parse_conditions(text);
  if (!packet) return require(packet.error().offset <= text.size());
  const auto again = parse_packet(packet.value().print());
  require(again && again.value().print() == packet.value().print());
  const auto bytes = packet.value().build({});
  if (!bytes) return;
  require(again.value().build({}).value() == bytes.value());
  Variables variables;
  (void)packet.value().mismatches(bytes.value(), variables);
  check_bytes(bytes.value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check_bytes({data, size});
  check_text({reinterpret_cast<const char*>(data), size});
  return 0;
}
