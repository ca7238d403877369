// SPDX-License-Identifier: GPL-2.0-or-later
// Which functions of the kernel's NAT were reached, from the addresses that KCOV tells and the
// kernel's own symbol table.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness {

struct CoveredFunction {
  std::string name;
  std::size_t reached = 0;               // different addresses
  std::size_t points = 0;                // that can be reached at all; 0: not known
  std::set<unsigned> missed_lines = {};  // where those stand that were not reached, as far as known
};

/// The functions of one source file, in the order of their addresses.
struct CoveredFile {
  std::string name;  // "net/netfilter/nf_nat_core.c"
  std::vector<CoveredFunction> functions;

  [[nodiscard]] std::size_t reached_functions() const;
  [[nodiscard]] std::size_t reached() const;
  [[nodiscard]] std::size_t points() const;
};

using KernelCoverage = std::vector<CoveredFile>;

struct CoverageTexts {
  std::string reached;  // addresses in hexadecimal, one a line
  std::string points;   // likewise; may be empty
  std::string symbols;  // "ffffffff81a0b0c0 t tcp_in_window" a line
  std::string lines{};  // "60313492 net/netfilter/nf_nat_core.c:168" a line; may be empty
};

/// The files of NAT and conntrack. Empty without addresses or symbols.
KernelCoverage kernel_coverage(const CoverageTexts& texts);

/// The source file that a function belongs to by its name, "" for one that is not looked at. A
/// symbol table does not tell files, and names of static functions repeat.
std::string_view file_of_function(std::string_view name);

}  // namespace natstep::harness
