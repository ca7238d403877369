// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/rules_iptables.h"

#include "netns/child.h"
#include "netns/error.h"
#include "netns/rules_nft.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace natstep::netns {
namespace {

struct SourceLine {
  std::string_view text;
  int number = 0;  // 1-based
};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r";
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::vector<SourceLine> lines_of(std::string_view text) {
  std::vector<SourceLine> lines;
  for (int number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.push_back({.text = trimmed(text.substr(0, end)), .number = number});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

bool is_nothing(const SourceLine& line) {
  return line.text.empty() || line.text.front() == '#';
}

/// An iptables-save file names its tables with lines like "*nat".
bool is_save_file(const std::vector<SourceLine>& lines) {
  return std::ranges::any_of(lines,
                             [](const SourceLine& line) { return line.text.starts_with('*'); });
}

/// Cuts the first word off; a quoted part of a word stays in it.
std::string_view take_word(std::string_view& text) {
  text = trimmed(text);
  std::size_t end = 0;
  for (char quote = 0; end < text.size(); ++end) {
    const char c = text[end];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == ' ' || c == '\t') {
      break;
    }
  }
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

bool names_ip6tables(std::string_view word) {
  return word == "ip6tables" || word == "ip6tables-legacy" || word == "ip6tables-nft";
}

/// Which program a line is for: ip6tables when it says so in front.
IptablesFamily family_of(std::string_view line) {
  std::string_view word = take_word(line);
  if (word == "sudo") word = take_word(line);
  return names_ip6tables(word) ? IptablesFamily::ipv6 : IptablesFamily::ipv4;
}

struct Command {
  std::string table = "filter";  // iptables(8): the default
  std::string arguments = {};    // without the table
  int source_line = 0;
};

bool names_iptables(std::string_view word) {
  return word == "iptables" || word == "iptables-legacy" || word == "iptables-nft" ||
         word == "sudo" || names_ip6tables(word);
}

Command to_command(const SourceLine& line) {
  Command command{.source_line = line.number};
  std::string_view rest = line.text;
  while (!rest.empty()) {
    const std::string_view word = take_word(rest);
    if (word == "-t" || word == "--table") {
      command.table = take_word(rest);
    } else if (word.starts_with("--table=")) {
      command.table = word.substr(std::string_view("--table=").size());
    } else if (!command.arguments.empty() || !names_iptables(word)) {
      command.arguments += command.arguments.empty() ? "" : " ";
      command.arguments += word;
    }
  }
  return command;
}

struct TableCommands {
  std::string table;
  std::vector<Command> commands;
};

std::vector<TableCommands> by_table(const std::vector<SourceLine>& lines, IptablesFamily family) {
  std::vector<TableCommands> tables;
  for (const SourceLine& line : lines) {
    if (is_nothing(line) || family_of(line.text) != family) continue;
    Command command = to_command(line);
    auto table = std::ranges::find(tables, command.table, &TableCommands::table);
    if (table == tables.end())
      table = tables.insert(table, {.table = command.table, .commands = {}});
    table->commands.push_back(std::move(command));
  }
  return tables;
}

void append(RestoreInput& input, std::string_view text, int source_line) {
  input.text += text;
  input.text += '\n';
  input.source_lines.push_back(source_line);
}

const char* program_of(RuleTool tool, IptablesFamily family) {
  const bool legacy = tool == RuleTool::iptables_legacy;
  if (family == IptablesFamily::ipv6) {
    return legacy ? "ip6tables-legacy-restore" : "ip6tables-nft-restore";
  }
  return legacy ? "iptables-legacy-restore" : "iptables-nft-restore";
}

/// The tools say "Error occurred at line: 2", "line 2 failed" or "line 2: RULE_APPEND failed ...".
int line_named_in(std::string_view errors) {
  const int line = first_line_number(errors, "line: ");
  return line != 0 ? line : first_line_number(errors, "line ");
}

/// "Extension length revision 0 not supported, missing kernel module?", "Table does not exist (do
/// you need to insmod?)": what the tools say when the kernel was built without it.
RuleError::Fault fault_in(std::string_view errors) {
  const bool lacking = errors.find("missing kernel module") != std::string_view::npos ||
                       errors.find("do you need to insmod") != std::string_view::npos;
  return lacking ? RuleError::Fault::kernel : RuleError::Fault::rules;
}

RuleError to_error(const ChildResult& result, const RestoreInput& input) {
  const auto line = static_cast<std::size_t>(line_named_in(result.errors));
  std::string message(trimmed(result.errors));
  while (message.ends_with('\n'))
    message.pop_back();
  if (message.empty()) message = fmt::format("exit status {}", result.exit_status);
  const bool known = line >= 1 && line <= input.source_lines.size();
  return {.message = std::move(message),
          .line = known ? input.source_lines[line - 1] : 0,
          .fault = fault_in(result.errors)};
}

std::optional<RuleError> restore(const char* name, const RestoreInput& input) {
  const std::string program = find_program(name);
  if (program.empty())
    throw_missing(fmt::format("{} is not installed", name), "apt-get install iptables");
  // A lock file of our own: the rules belong to our namespace, so no other iptables can interfere,
  // and /run may not exist.
  const UniqueFd lock = memory_file("");
  const std::string lock_path =
      fmt::format("XTABLES_LOCKFILE=/proc/{}/fd/{}", ::getpid(), lock.get());
  const ChildResult result = run_child(program, {"--noflush"}, input.text, {lock_path});
  if (result.exit_status == 0) return std::nullopt;
  return to_error(result, input);
}

}  // namespace

RestoreInput to_restore_input(std::string_view text, IptablesFamily family) {
  const auto lines = lines_of(text);
  RestoreInput input;
  if (is_save_file(lines)) {
    if (family != IptablesFamily::ipv4) return input;
    for (const SourceLine& line : lines)
      append(input, line.text, line.number);
    return input;
  }
  for (const TableCommands& table : by_table(lines, family)) {
    append(input, "*" + table.table, table.commands.front().source_line);
    for (const Command& command : table.commands)
      append(input, command.arguments, command.source_line);
    append(input, "COMMIT", table.commands.back().source_line);
  }
  return input;
}

std::optional<RuleError> load_iptables(RuleTool tool, std::string_view text) {
  for (const IptablesFamily family : {IptablesFamily::ipv4, IptablesFamily::ipv6}) {
    const RestoreInput input = to_restore_input(text, family);
    if (input.text.empty()) continue;
    if (auto error = restore(program_of(tool, family), input)) return error;
  }
  return std::nullopt;
}

}  // namespace natstep::netns
