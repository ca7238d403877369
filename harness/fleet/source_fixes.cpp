// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/source_fixes.h"

#include "harness/fleet/file.h"
#include "harness/report/output.h"

#include <array>
#include <string>
#include <string_view>

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
    {"arch/x86/um/user-offsets.c", "DEFINE_LONGS(HOST_FP_SIZE, 2696)",
     "DEFINE_LONGS(HOST_FP_SIZE, 16384)"},
}};

}  // namespace

void fix_source(const std::filesystem::path& tree) {
  for (const Fix& fix : fixes) {
    const std::filesystem::path path = tree / fix.file;
    if (!std::filesystem::exists(path)) continue;
    std::string text = content_of(path);
    const std::size_t at = text.find(fix.from);
    if (at == std::string::npos) continue;
    text.replace(at, fix.from.size(), fix.to);
    write_file(path, text);
  }
}

}  // namespace natstep::harness
