// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/rules/ruleset.h"

#include <algorithm>

namespace natstep::model {

Value value_of(std::uint64_t number) {
  Value value{};
  for (auto byte = value.rbegin(); number != 0; ++byte, number >>= 8) {
    *byte = static_cast<std::uint8_t>(number);
  }
  return value;
}

Value value_of(const wire::Address& address) {
  Value value{};
  const auto used = static_cast<std::ptrdiff_t>(address.size());
  std::copy(address.bytes.begin(), address.bytes.begin() + used, value.end() - used);
  return value;
}

}  // namespace natstep::model
