// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/cli.h"

#include "harness/cli/exit_code.h"
#include "harness/cli/version.h"
#include "harness/fleet/bisect_step.h"
#include "harness/report/output.h"
#include "harness/scenario/suggest.h"
#include "netns/dut.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

constexpr const char* description =
    "natstep runs Linux NAT in step with its specification: every scenario goes packet by packet "
    "through\n"
    "the running kernel, in network namespaces of its own, and through a model of what that kernel "
    "should\n"
    "do. Both must agree on every byte that leaves, on every conntrack entry, and between the "
    "hooks.";

constexpr const char* examples =
    "Examples:\n"
    "  natstep check                            the whole corpus against this kernel\n"
    "  natstep check corpus/dnat --jobs 4       one folder\n"
    "  natstep run corpus/dnat/udp_9999_to_laptop.nat\n"
    "  natstep explain corpus/dnat/udp_9999_to_laptop.nat\n"
    "                                           hook by hook, model and kernel side by side\n"
    "  natstep check --format json | jq .diverged\n"
    "  natstep COMMAND --help                   more about one command\n"
    "\n"
    "Exit status, the first that applies to any scenario:\n"
    "  130 interrupted     5 harness or environment failed    2 usage, or a scenario that does not "
    "parse\n"
    "    1 diverged        3 inconclusive    0 agreed    4 all skipped: something needed is "
    "missing\n";

void add_version(CLI::App& program, Command& chosen) {
  program.add_subcommand("version", "Print which natstep this is")->callback([&chosen] {
    chosen = [] {
      write_stdout(fmt::format("natstep {}\n", version()));
      return exit_status::agreed;
    };
  });
}

void add_commands(CLI::App& program, Command& chosen) {
  add_check(program, chosen);
  add_run(program, chosen);
  add_explain(program, chosen);
  add_pin(program, chosen);
  add_minimize(program, chosen);
  add_reproduce(program, chosen);
  add_clauses(program, chosen);
  add_deviations(program, chosen);
  add_profile(program, chosen);
  add_rfc(program, chosen);
  add_bench(program, chosen);
  add_distribution(program, chosen);
  add_kernels(program, chosen);
  add_matrix(program, chosen);
  add_bisect(program, chosen);
  add_bisect_step(program, chosen);
  add_guest(program, chosen);
  add_version(program, chosen);
}

/// What CLI11 could not make sense of: the first word, and what could stand there instead.
std::string unexpected_word(const CLI::App& program) {
  const auto commands = program.get_subcommands();
  const CLI::App& at = commands.empty() ? program : *commands.front();
  const std::vector<std::string> extras = program.remaining(true);
  if (extras.empty()) return {};
  std::vector<std::string> known;
  for (const CLI::Option* option : at.get_options())
    for (const std::string& name : option->get_lnames())
      known.push_back("--" + name);
  for (const CLI::App* command : at.get_subcommands([](const CLI::App*) { return true; }))
    known.push_back(command->get_name());
  const std::vector<std::string_view> candidates(known.begin(), known.end());
  const bool is_option = extras.front().starts_with('-');
  return fmt::format("unknown {} `{}`{}", is_option ? "option" : "command", extras.front(),
                     did_you_mean(extras.front(), candidates));
}

int tell(const CLI::App& program, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return program.exit(error);  // --help
  std::string what = unexpected_word(program);
  if (what.empty()) what = error.what();
  fmt::print(stderr, "natstep: {}\nTry `natstep --help`.\n", what);
  // To git any other status would be a verdict on the kernel.
  return program.got_subcommand("bisect-step") ? step_status::abort : exit_status::usage;
}

int parse_and_run(CLI::App& program, int argc, const char* const* argv,
                  std::span<const AddCommand> more) {
  Command chosen;
  add_commands(program, chosen);
  for (const AddCommand add : more)
    add(program, chosen);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return tell(program, error);
  }
  return chosen();
}

int fail(std::string_view what, int status) {
  fmt::print(stderr, "natstep: {}\n", what);
  return status;
}

}  // namespace

int run_program(int argc, const char* const* argv, std::span<const AddCommand> more) {
  CLI::App program(description, "natstep");
  program.footer(examples);
  program.require_subcommand(1);
  program.set_version_flag("--version", fmt::format("natstep {}", version()));
  try {
    return parse_and_run(program, argc, argv, more);
  } catch (const UsageError& error) {
    return fail(error.what(), exit_status::usage);
  } catch (const netns::EnvironmentError& error) {
    const bool missing = error.kind == netns::EnvironmentError::Kind::missing;
    return fail(error.what(), missing ? exit_status::skipped : exit_status::failed);
  } catch (const std::exception& error) {
    return fail(error.what(), exit_status::failed);
  }
}

}  // namespace natstep::harness
