// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace natstep::harness {

/// Text as it stands in a page.
std::string escaped_html(std::string_view text);

}  // namespace natstep::harness
