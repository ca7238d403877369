// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/cli.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/scenario_job.h"
#include "harness/cli/version.h"
#include "harness/lockstep/distribution.h"
#include "harness/report/output.h"
#include "model/clause_names.h"
#include "netns/kernel_dut.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

std::string_view word(const Distribution& found) {
  if (found.even()) return "EVEN";
  return found.as_modulo() ? "MODULO" : "UNEVEN";
}

std::string row(const Distribution& found) {
  return fmt::format(
      "{:<7} {:>6} flows  chi-square {:>7.1f} even, {:>7.1f} modulo, at most {:.1f}; {} outside  "
      "{}\n",
      word(found), found.flows, found.chi_square(), found.chi_square_of_modulo(), found.bound(),
      found.outside, found.statement);
}

std::string citation(model::Clause clause) {
  const model::ClauseInfo& info = model::info(clause);
  return fmt::format("DEVIATION  {}: \"{}\"\n           basis {}\n           kernel {}\n", info.id,
                     info.sentence, info.basis, info.kernel);
}

int run_distribution(std::size_t flows) {
  netns::KernelDut dut;
  std::string text;
  bool explained = true, by_modulo = false;
  for (const RandomRule& rule : random_rules()) {
    const Distribution found = measure(dut, rule, flows);
    explained = explained && (found.even() || found.as_modulo());
    by_modulo = by_modulo || (!found.even() && found.as_modulo());
    text += row(found);
  }
  if (by_modulo) text += "\n" + citation(model::Clause::random_port_is_a_remainder);
  write_stdout(text + fmt::format("\n{}    natstep {}\n", kernel_name(), version()));
  return explained ? exit_status::agreed : exit_status::diverged;
}

}  // namespace

void add_distribution(CLI::App& program, Command& chosen) {
  auto flows = std::make_shared<std::size_t>(8192);
  CLI::App* command = program.add_subcommand(
      "distribution", "See whether the kernel spreads its random choices evenly");
  command->add_option("--flows", *flows, "Flows to open under each rule (default: 8192)")
      ->type_name("N")
      ->check(CLI::Range(640, 1'000'000));
  command->footer(
      "Ports that the kernel chooses at random are counted in 64 equal parts of their range; "
      "Pearson's\nchi-square may be six standard deviations above its mean.\n"
      "EVEN    all ports are alike\n"
      "MODULO  the first ports of the range come twice as often, as 16 random bits modulo the "
      "range give\n"
      "        (RFC 6056 section 3.1 asks for all alike): a deviation of the kernel that is known\n"
      "UNEVEN  neither, or a port lies outside the range: exit status 1\n");
  command->callback([&chosen, flows] { chosen = [flows] { return run_distribution(*flows); }; });
}

}  // namespace natstep::harness
