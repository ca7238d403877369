// SPDX-License-Identifier: GPL-2.0-or-later
// Values as Python writes them.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace natstep::harness {

/// null is None, arrays are lists, objects are dictionaries. Elements of the outermost list stand
/// on lines of their own.
std::string python_literal(const nlohmann::ordered_json& value);

/// A text of many lines between triple quotes, with whatever needs it escaped.
std::string python_text(std::string_view text);

}  // namespace natstep::harness
