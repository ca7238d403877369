// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/crash.h"

#include "fuzz/box_parts.h"
#include "fuzz/corpus_folder.h"
#include "fuzz/kernel_log.h"
#include "harness/finding/durable.h"
#include "harness/fleet/console.h"
#include "harness/fleet/file.h"
#include "netns/dut.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <span>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <string.h>

namespace natstep::fuzz {
namespace {

namespace fs = std::filesystem;
using Files = std::vector<harness::FileOfFinding>;

/// Of the console, from its end: enough for the trouble and what led to it.
constexpr std::size_t most_console = 100'000;

/// "WARN nf_nat_setup_info < nf_nat_inet_fn" as "WARN_nf_nat_setup_info_nf_nat_inet_fn".
std::string folder_name_of(std::string_view trouble) {
  constexpr std::size_t longest = 100;
  std::string name;
  for (const char c : trouble.substr(0, longest)) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (plain || (c == '_' && !name.empty()))
      name += c;
    else if (!name.empty() && name.back() != '_')
      name += '_';
  }
  return name;
}

void add_program(const Program& program, Files& files) {
  const wire::Bytes bytes = encode(program);
  files.push_back({.name = "program", .content = std::string(bytes.begin(), bytes.end())});
  files.push_back({.name = "box.txt", .content = box_text(program.box)});
}

void keep(const fs::path& out, const fs::path& folder, const Files& files) {
  try {
    harness::make_folder_durably(folder, out / (".aside." + folder.filename().native()), files);
  } catch (const netns::EnvironmentError& error) {
    fmt::print(stderr, "natstep: {}\n", error.what());
  }
}

std::string trouble_in(const KernelDeath& death) {
  if (const auto trouble = harness::find_trouble(death.console)) return trouble->fingerprint();
  return death.silent ? "hang: the guest fell silent" : "the guest ended without a word";
}

}  // namespace

void keep_crash(const fs::path& out, const wire::Bytes& bytes, int signal) {
  if (bytes.empty()) {
    fmt::print(stderr, "natstep: a worker died ({}) while it played nothing\n",
               ::strsignal(signal));
    return;
  }
  const Program program = decode(bytes);
  const auto folder = out / "crashes" / name_of(program);
  fmt::print(stderr, "natstep: a worker died ({}); what it played is in {}\n", ::strsignal(signal),
             folder.native());
  if (fs::exists(folder)) return;
  Files files{
      {.name = "trouble.txt", .content = fmt::format("natstep: {}\n", ::strsignal(signal))}};
  add_program(program, files);
  keep(out, folder, files);
}

void keep_kernel_crash(const fs::path& out, const KernelDeath& death) {
  const std::string trouble = trouble_in(death);
  const auto folder = out / "crashes" / folder_name_of(trouble);
  if (fs::exists(folder)) return;
  fmt::print(stderr, "natstep: a guest's kernel died ({}); see {}\n", trouble, folder.native());
  const std::string console = without_programs(death.console);
  const std::size_t from = console.size() - std::min(console.size(), most_console);
  Files files{{.name = "trouble.txt", .content = trouble + "\n"},
              {.name = "console.txt", .content = console.substr(from)}};
  const std::vector<Program> programs = programs_in(death.console);
  if (!programs.empty()) {
    add_program(programs.back(), files);
    std::string before;
    for (const Program& program : std::span(programs).first(programs.size() - 1))
      before += hex_of(program) + "\n";
    files.push_back({.name = "before.txt", .content = std::move(before)});
  }
  keep(out, folder, files);
}

std::set<std::string> programs_of_crashes(const fs::path& out) {
  std::set<std::string> names;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(out / "crashes", absent)) {
    const fs::path program = entry.path() / "program";
    if (!fs::exists(program)) continue;
    const std::string bytes = harness::content_of(program);
    names.insert(name_of(wire::Bytes(bytes.begin(), bytes.end())));
  }
  return names;
}

}  // namespace natstep::fuzz
