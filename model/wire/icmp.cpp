// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wire/icmp.h"

#include <algorithm>

namespace natstep::wire::icmp {

std::string_view name_of(std::span<const Name> names, std::uint8_t t, std::uint8_t c) {
  const auto found = std::ranges::find_if(
      names, [&](const Name& name) { return name.type == t && name.code == c; });
  return found == names.end() ? std::string_view{} : found->word;
}

}  // namespace natstep::wire::icmp
