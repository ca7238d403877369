// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/finding/python_literal.h"

#include <cctype>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

using nlohmann::ordered_json;

std::string escaped(std::string_view text, std::string_view plain) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\' || c == '"') {
      out += fmt::format("\\{}", c);
    } else if (std::isprint(byte) != 0 || plain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("\\x{:02x}", byte);
    }
  }
  return out;
}

std::string in_quotes(std::string_view text) {
  return fmt::format("\"{}\"", escaped(text, ""));
}

std::string inner(const ordered_json& value);

std::string list_of(const ordered_json& list, std::string_view between) {
  std::string out;
  for (const auto& each : list)
    out += (out.empty() ? "" : std::string(between)) + inner(each);
  return out;
}

std::string inner(const ordered_json& value) {
  if (value.is_null()) return "None";
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
  if (value.is_string()) return in_quotes(value.get_ref<const std::string&>());
  if (value.is_array()) return fmt::format("[{}]", list_of(value, ", "));
  if (!value.is_object()) return value.dump();
  std::string out;
  for (const auto& [key, element] : value.items())
    out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", in_quotes(key), inner(element));
  return fmt::format("{{{}}}", out);
}

}  // namespace

std::string python_literal(const ordered_json& value) {
  if (!value.is_array() || value.empty()) return inner(value);
  return fmt::format("[\n    {},\n]", list_of(value, ",\n    "));
}

std::string python_text(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool closes = text[i] == '"' && (i + 1 == text.size() || text[i + 1] == '"');
    if (text[i] == '"' && !closes)
      out += '"';
    else
      out += escaped(text.substr(i, 1), "\n");
  }
  return fmt::format("\"\"\"{}\"\"\"", out);
}

std::string hex(wire::ByteView bytes) {
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

}  // namespace natstep::harness
