// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/crash.h"

#include "fuzz/box_parts.h"
#include "fuzz/corpus_folder.h"
#include "harness/finding/durable.h"
#include "netns/dut.h"

#include <cstdio>
#include <string>

#include <fmt/format.h>
#include <string.h>

namespace natstep::fuzz {

void keep_crash(const std::filesystem::path& out, WorkerPage& page, int signal) {
  const std::uint32_t size = page.program_size;
  const wire::ByteView bytes(page.program.data(), size);
  const Program program = decode(bytes);
  const auto folder = out / "crashes" / name_of(program);
  fmt::print(stderr, "natstep: a worker died ({}); what it played is in {}\n", ::strsignal(signal),
             folder.native());
  if (size == 0 || std::filesystem::exists(folder)) return;
  try {
    harness::make_folder_durably(
        folder, out / ".aside",
        {{.name = "program", .content = std::string(bytes.begin(), bytes.end())},
         {.name = "box.txt", .content = box_text(program.box)}});
  } catch (const netns::EnvironmentError& error) {
    fmt::print(stderr, "natstep: {}\n", error.what());
  }
}

}  // namespace natstep::fuzz
