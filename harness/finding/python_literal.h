// SPDX-License-Identifier: GPL-2.0-or-later
// Values as Python writes them.
#pragma once

#include "model/wire/bytes.h"

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace natstep::harness {

/// null is None, arrays are lists, objects are dictionaries. Elements of the outermost list stand
/// on lines of their own.
std::string python_literal(const nlohmann::ordered_json& value);

/// A text of many lines between triple quotes, with whatever needs it escaped.
std::string python_text(std::string_view text);

/// Bytes as bytes.fromhex() takes them: two digits each, in lower case.
std::string hex(wire::ByteView bytes);

}  // namespace natstep::harness
