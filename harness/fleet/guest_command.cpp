// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/guest_command.h"

#include "harness/cli/exit_code.h"
#include "harness/fleet/console.h"
#include "harness/fleet/file.h"
#include "harness/fleet/guest_worker.h"
#include "harness/report/output.h"
#include "harness/scapy/scapy.h"
#include "harness/scenario/scenario_text.h"
#include "harness/sweeps/sweep.h"
#include "model/profile.h"
#include "netns/error.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

constexpr std::chrono::minutes patience_with_command{10};

void make_bytes(PacketSource& packet) {
  if (packet.kind == PacketSource::Kind::scapy) packet.kind = PacketSource::Kind::hex;
}

void make_bytes(Scenario& scenario) {
  for (ScenarioStep& step : scenario.steps) {
    make_bytes(step.stimulus.packet);
    for (Pin& pin : step.pins)
      if (auto* out = std::get_if<OutPin>(&pin)) make_bytes(out->packet);
  }
}

/// The kernel's own version decides the profile, not what its release looks like.
std::vector<std::string> with_profile(std::vector<std::string> words, const Kernel& kernel) {
  for (const std::string& word : words)
    if (word.starts_with("--profile")) return words;
  words.emplace_back("--profile");
  const std::string version = version_of(kernel);
  const bool is_release = std::ranges::count(version, '.') == 2;
  words.push_back(is_release ? version : model::profile_for_release(version).name);
  return words;
}

CommandReply ask(Machine& machine, const CommandRequest& request) {
  machine.send({.kind = "command", .payload = encode(request)});
  const auto frame = machine.receive(patience_with_command);
  if (const auto trouble = find_trouble(machine.console()))
    netns::throw_failed(
        fmt::format("the kernel: {}\n{}", trouble->fingerprint(), trouble->excerpt));
  if (!frame || frame->kind != "output") netns::throw_failed("the guest gave no answer");
  return decode_command_reply(frame->payload);
}

}  // namespace

std::string text_for_guest(const std::string& path) {
  std::string text = content_of(path);
  auto scenario = parse_scenario(text, path);
  if (!scenario || !needs_scapy(*scenario)) return text;
  if (evaluate_scapy(*scenario)) return text;  // what is wrong with it is told by who runs it
  make_bytes(*scenario);
  return print_scenario(*scenario);
}

std::vector<std::string> words_inside(std::vector<std::string> words) {
  for (auto word = words.begin(); word != words.end();) {
    if (*word == "--kernel" || *word == "--boot-option") {
      word = words.erase(word);
      if (word != words.end()) word = words.erase(word);
    } else if (word->starts_with("--kernel=") || word->starts_with("--boot-option=")) {
      word = words.erase(word);
    } else {
      ++word;
    }
  }
  return words;
}

int run_this_inside(const KernelChoice& wanted, const std::vector<std::string>& files) {
  std::vector<std::string> words;
  std::ifstream line("/proc/self/cmdline", std::ios::binary);
  for (std::string word; std::getline(line, word, '\0');)
    words.push_back(word);
  words.erase(words.begin());
  return run_inside(wanted, words_inside(std::move(words)), files);
}

int run_inside(const KernelChoice& wanted, const std::vector<std::string>& words,
               const std::vector<std::string>& files) {
  const auto kernel = bootable_kernel(wanted);
  CommandRequest request{.folder = std::filesystem::current_path().native(),
                         .words = with_profile(words, kernel->kernel),
                         .files = {}};
  for (const std::string& file : files) {
    if (is_sweep_path(file)) continue;
    if (!std::filesystem::is_regular_file(file))
      throw UsageError(fmt::format("{}: no such file", file));
    request.files.push_back({.path = file, .content = text_for_guest(file)});
  }
  const auto machine = boot(*kernel);
  const CommandReply reply = ask(*machine, request);
  fmt::print(stderr, "{}", reply.errors);
  write_stdout(reply.out);
  for (const GuestFile& file : reply.files)
    write_file(file.path, file.content);
  return reply.status;
}

}  // namespace natstep::harness
