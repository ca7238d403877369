// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace natstep::harness {

/// Text as it stands in a page.
std::string escaped_html(std::string_view text);

/// The sheet that all pages share: light and dark by the reader's own setting; colours beside
/// words, never instead of them.
std::string_view page_style();

}  // namespace natstep::harness
