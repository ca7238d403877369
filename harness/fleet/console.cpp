// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/console.h"

#include "harness/scenario/scenario_block.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace natstep::harness {
namespace {

constexpr std::size_t functions_kept = 3;
constexpr std::size_t excerpt_lines = 40;

/// What the kernel prints, the more telling first where a line has two.
constexpr std::array signs{std::pair{"BUG: KASAN", "KASAN"},
                           std::pair{"BUG: KFENCE", "KFENCE"},
                           std::pair{"UBSAN:", "UBSAN"},
                           std::pair{"soft lockup", "lockup"},
                           std::pair{"rcu_sched self-detected stall", "lockup"},
                           std::pair{"blocked for more than", "hang"},
                           std::pair{"WARNING: ", "WARN"},
                           std::pair{"kernel BUG at", "oops"},
                           std::pair{"BUG: ", "oops"},
                           std::pair{"Oops: ", "oops"},
                           std::pair{"general protection fault", "oops"},
                           std::pair{"Kernel panic", "panic"}};

/// "[   12.345678] " in front of a line; before it the level, "<4>", when the log itself was
/// printed.
std::string_view without_stamp(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == ' '))
    line.remove_suffix(1);
  if (line.size() > 3 && line[0] == '<' && line[2] == '>') line.remove_prefix(3);
  if (!line.starts_with('[')) return line;
  const auto end = line.find("] ");
  return end == std::string_view::npos ? line : line.substr(end + 2);
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines = split_lines(text);
  std::ranges::transform(lines, lines.begin(), without_stamp);
  return lines;
}

const char* kind_of(std::string_view line) {
  for (const auto& [sign, kind] : signs)
    if (line.find(sign) != std::string_view::npos) return kind;
  return nullptr;
}

bool is_identifier(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
}

/// "nf_nat_setup_info" of "nf_nat_setup_info+0x1a/0x90 [nf_nat]"; a "?" in front says that the
/// kernel is not sure.
std::string function_in(std::string_view line) {
  if (line.find(" ? ") != std::string_view::npos || line.starts_with("? ")) return {};
  const auto plus = line.find("+0x");
  if (plus == std::string_view::npos) return {};
  std::size_t begin = plus;
  while (begin > 0 && is_identifier(line[begin - 1]))
    --begin;
  return std::string(line.substr(begin, plus - begin));
}

/// The machinery of reports itself, which is the same for all of them.
bool is_machinery(std::string_view function) {
  constexpr std::array names{"dump_stack",
                             "dump_stack_lvl",
                             "print_report",
                             "kasan_report",
                             "panic",
                             "vpanic",
                             "__warn",
                             "report_bug",
                             "handle_bug",
                             "show_stack",
                             "die",
                             "__die",
                             "page_fault_oops",
                             "exc_page_fault",
                             "asm_exc_page_fault",
                             "exc_invalid_op",
                             "asm_exc_invalid_op",
                             "warn_slowpath_fmt"};
  return std::ranges::find(names, function) != names.end();
}

}  // namespace

std::string KernelTrouble::fingerprint() const {
  if (functions.empty()) return fmt::format("{}: {}", kind, title);
  return fmt::format("{} {}", kind, fmt::join(functions, " < "));
}

std::optional<KernelTrouble> find_trouble(std::string_view console) {
  const std::vector<std::string_view> lines = lines_of(console);
  const auto first =
      std::ranges::find_if(lines, [](std::string_view line) { return kind_of(line) != nullptr; });
  if (first == lines.end()) return std::nullopt;
  KernelTrouble trouble{
      .kind = kind_of(*first), .title = std::string(*first), .functions = {}, .excerpt = {}};
  std::size_t kept = 0;
  for (auto line = first; line != lines.end(); ++line) {
    if (kept++ < excerpt_lines) trouble.excerpt += std::string(*line) + "\n";
    std::string function = function_in(*line);
    const bool fresh = std::ranges::find(trouble.functions, function) == trouble.functions.end();
    if (function.empty() || !fresh || is_machinery(function)) continue;
    if (trouble.functions.size() < functions_kept) trouble.functions.push_back(std::move(function));
  }
  return trouble;
}

}  // namespace natstep::harness
