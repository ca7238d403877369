// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/summary.h"

#include "harness/cli/exit_code.h"

#include <numeric>

namespace natstep::harness {

std::size_t Tally::total() const {
  return std::accumulate(by_verdict.begin(), by_verdict.end(), std::size_t{0});
}

Tally Summary::tally() const {
  Tally all;
  for (const Result& result : results)
    all.add(result.verdict);
  return all;
}

std::map<std::string, Tally> Summary::tally_by_area() const {
  std::map<std::string, Tally> areas;
  for (const Result& result : results)
    areas[result.area].add(result.verdict);
  return areas;
}

std::uint64_t Summary::packets() const {
  std::uint64_t sum = 0;
  for (const Result& result : results)
    sum += result.packets;
  return sum;
}

int Summary::exit_status() const {
  int status = not_parsed.empty() ? exit_status::skipped : exit_status::usage;
  if (results.empty()) status = worse(status, exit_status::agreed);
  for (const Result& result : results)
    status = worse(status, exit_code(result.verdict));
  return interrupted ? worse(status, exit_status::interrupted) : status;
}

}  // namespace natstep::harness
