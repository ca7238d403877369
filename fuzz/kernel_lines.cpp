// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/kernel_lines.h"

#include "harness/fleet/command.h"
#include "netns/child.h"

#include <charconv>
#include <sstream>

#include <fmt/format.h>

namespace natstep::fuzz {
namespace {

/// "net/netfilter/nf_nat_core.c:168" out of "/build/linux/net/netfilter/nf_nat_core.c:168
/// (discriminator 2)"; empty for headers and for what is not known.
std::string_view own_line(std::string_view text) {
  const auto folder = text.rfind("/net/");
  const auto number = text.find(".c:", folder == std::string_view::npos ? text.size() : folder);
  if (number == std::string_view::npos) return {};
  text = text.substr(0, text.find_first_not_of("0123456789", number + 3));
  return text.size() == number + 3 ? std::string_view() : text.substr(folder + 1);
}

}  // namespace

std::string lines_in(std::string_view addr2line_output) {
  std::istringstream lines{std::string(addr2line_output)};
  std::string text;
  std::uint64_t place = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("0x")) {
      std::from_chars(line.data() + 2, line.data() + line.size(), place, 16);
      ++place;
      continue;
    }
    const std::string_view own = own_line(line);
    if (own.empty() || place == 0) continue;
    text += fmt::format("{:x} {}\n", place, own);
    place = 0;  // the first one is the innermost
  }
  return text;
}

std::string lines_of(const std::filesystem::path& image, const std::vector<std::uint64_t>& places) {
  if (places.empty() || netns::find_program("addr2line").empty()) return {};
  std::vector<std::string> words{"addr2line", "-a", "-i", "-e", image.native()};
  for (const std::uint64_t place : places)
    words.push_back(fmt::format("{:x}", place - 1));
  return lines_in(harness::run_command(std::move(words)).output);
}

}  // namespace natstep::fuzz
