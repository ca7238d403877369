// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/source_fixes.h"

#include "harness/report/output.h"
#include "netns/child.h"

#include <array>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

struct Fix {
  std::string_view file;
  std::string_view from;
  std::string_view to;
};

// None is about networking.
constexpr std::array<Fix, 1> fixes{{
    // The room for a process's registers, in bytes. With AMX there are 11008 of them, and init dies
    // of "ptrace set fp regs failed"; Linux 6.13 asks the processor.
    {"arch/x86/um/user-offsets.c", "HOST_FP_SIZE, 2696", "HOST_FP_SIZE, 16384"},
}};

/// In place of a source that is to be fixed, the compiler reads a copy.
std::string arm_of(const Fix& fix, const std::filesystem::path& folder) {
  const auto copy = folder / ("fixed-" + std::filesystem::path(fix.file).filename().native());
  return fmt::format(
      "  */{0})\n"
      "    sed 's/{1}/{2}/' \"$word\" > '{3}' || exit\n"
      "    word='{3}' ;;\n",
      fix.file, fix.from, fix.to, copy.native());
}

}  // namespace

std::filesystem::path write_compiler(const std::filesystem::path& folder) {
  // ccache makes the second build of a tree a matter of seconds.
  const bool cached = !netns::find_program("ccache").empty();
  std::string script = "#!/bin/sh\nfor word do\n  shift\n  case $word in\n";
  for (const Fix& fix : fixes)
    script += arm_of(fix, folder);
  script += fmt::format("  esac\n  set -- \"$@\" \"$word\"\ndone\nexec {}gcc \"$@\"\n",
                        cached ? "ccache " : "");
  const std::filesystem::path compiler = folder / "gcc-with-fixes";
  write_file(compiler, script);
  std::filesystem::permissions(compiler, std::filesystem::perms::owner_exec,
                               std::filesystem::perm_options::add);
  return compiler;
}

}  // namespace natstep::harness
