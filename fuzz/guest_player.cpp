// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/guest_player.h"

#include "fuzz/crash.h"
#include "fuzz/crash_again.h"
#include "fuzz/crash_story.h"
#include "fuzz/guest_side.h"
#include "harness/cli/exit_code.h"
#include "harness/fleet/guest_channel.h"
#include "harness/fleet/guest_worker.h"
#include "model/clause.h"
#include "netns/error.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

namespace natstep::fuzz {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds between_looks{250};
/// Of a guest that says something several times a second.
constexpr seconds patience{60};
/// A worker may be in the middle of making a finding small.
constexpr seconds time_to_end{30};
/// What a kernel says when it dies comes in pieces.
constexpr seconds time_to_die{3};
constexpr std::uint64_t most_boots_in_vain = 5;

}  // namespace

GuestPlayer::GuestPlayer(const CampaignOptions& options, CampaignPage& page, std::size_t number,
                         Clock::time_point began)
    : options_(options),
      page_(page),
      mine_(page.workers[number]),
      number_(number),
      began_(began),
      news_(page.workers[number]) {}

void GuestPlayer::run() {
  // What an earlier start did not come to.
  if (number_ == 0) tell_crashes();
  while (!page_.stop) {
    boot();
    if (page_.stop) break;
    start();
    attend();
    machine_.reset();
    if (std::exchange(died_, false)) tell_crashes();
  }
}

void GuestPlayer::boot() {
  machine_ = harness::boot(*options_.guest.kernel);
  over_ = told_to_stop_ = false;
  last_word_ = Clock::now();
  news_.begin(static_cast<std::uint64_t>(
      std::chrono::duration_cast<milliseconds>(last_word_ - began_).count()));
}

void GuestPlayer::start() {
  command(words_to_play());
  ++boots_;
}

void GuestPlayer::command(std::vector<std::string> words) {
  machine_->send(
      {.kind = "command",
       .payload = encode(harness::CommandRequest{.folder = std::filesystem::current_path().native(),
                                                 .words = std::move(words),
                                                 .files = {}})});
}

std::vector<std::string> GuestPlayer::words() const {
  const auto& broken = options_.lockstep.broken;
  std::vector<std::string> words{"fuzz",
                                 "--inside",
                                 fmt::to_string(number_),
                                 "--out",
                                 std::filesystem::absolute(options_.out).native(),
                                 "--profile",
                                 options_.guest.profile};
  if (broken) words.insert(words.end(), {"--break", std::string(model::info(*broken).id)});
  return words;
}

/// Each boot has a seed of its own, or a kernel would die of the same program again and again.
std::vector<std::string> GuestPlayer::words_to_play() const {
  auto words = this->words();
  words.insert(words.end(), {"--jobs", fmt::to_string(options_.jobs), "--seed",
                             fmt::to_string(options_.seed + boots_ * 7919)});
  for (const std::string& path : options_.seeds)
    words.insert(words.end(), {"--seeds", std::filesystem::absolute(path).native()});
  if (const auto& shared = options_.shared_corpus; !shared.empty())
    words.insert(words.end(), {"--share", std::filesystem::absolute(shared).native()});
  if (options_.until_found) words.emplace_back("--until-found");
  if (!options_.guest.crash_at.empty())
    words.insert(words.end(), {"--crash-guest-at", options_.guest.crash_at});
  return words;
}

void GuestPlayer::attend() {
  const std::uint64_t executions = mine_.executions;
  while (!over_) {
    if (const auto frame = machine_->receive(between_looks)) {
      last_word_ = Clock::now();
      handle(*frame);
    } else if (machine_->is_gone() || Clock::now() - last_word_ > patience) {
      bury_kernel();
      break;
    }
    ask_to_stop();
    if (told_to_stop_ && Clock::now() - told_at_ > time_to_end) break;
  }
  boots_in_vain_ = mine_.executions == executions ? boots_in_vain_ + 1 : 0;
  give_up_when_nothing_is_played();
}

void GuestPlayer::give_up_when_nothing_is_played() {
  if (page_.stop || boots_in_vain_ < most_boots_in_vain) return;
  netns::throw_failed(fmt::format("kernel {}: booted {} times, and nothing was played; see {}",
                                  options_.guest.kernel->kernel.name, boots_in_vain_,
                                  (options_.out / "crashes").native()));
}

void GuestPlayer::handle(const harness::GuestFrame& frame) {
  if (frame.kind == frame_news) news_.take(frame.payload);
  if (frame.kind == frame_died) bury_worker(frame.payload);
  if (frame.kind == "output") ended(frame.payload);
  if (frame.kind == "gone") over_ = true;
}

/// natstep inside has ended, and says how. Unless it died of a signal, it had a reason that another
/// boot would not take away.
void GuestPlayer::ended(const std::string& payload) {
  over_ = true;
  const auto reply = harness::decode_command_reply(payload);
  if (reply.status == 0) {
    page_.stop = true;  // it was told to, or has found what it was to find
  } else if (!reply.errors.empty()) {
    netns::throw_failed(fmt::format("natstep in the guest: {}", reply.errors));
  }
}

void GuestPlayer::bury_worker(const std::string& payload) {
  if (payload.empty()) return;
  ++mine_.crashes;
  keep_crash(options_.out, {payload.begin() + 1, payload.end()}, payload.front());
  died_ = true;
}

void GuestPlayer::bury_kernel() {
  // What it has to say about it comes after the silence began.
  const auto deadline = Clock::now() + time_to_die;
  while (!machine_->is_gone() && Clock::now() < deadline)
    (void)machine_->receive(between_looks);
  ++mine_.crashes;
  keep_kernel_crash(options_.out, {.console = machine_->console(), .silent = !machine_->is_gone()});
  died_ = true;
  if (options_.until_found) page_.stop = true;
}

void GuestPlayer::tell_crashes() {
  for (const auto& folder : untold_crashes(options_.out))
    tell_crash_inside(folder);
  for (const auto& folder : crashes_to_play_again(options_.out))
    play_crash_again(folder, options_);
}

/// Not on the host's kernel, which may be another one, and should not die of the same.
void GuestPlayer::tell_crash_inside(const std::filesystem::path& folder) {
  machine_ = harness::boot(*options_.guest.kernel);
  auto words = this->words();
  words.insert(words.end(), {"--tell", std::filesystem::absolute(folder).native()});
  command(std::move(words));
  const auto reply = machine_->receive(patience);
  machine_.reset();
  if (!reply) return give_up_telling(folder, "the kernel dies of the box itself");
  const std::string errors = harness::decode_command_reply(reply->payload).errors;
  if (!errors.empty()) fmt::print(stderr, "natstep in the guest: {}", errors);
}

void GuestPlayer::ask_to_stop() {
  if (!page_.stop || told_to_stop_) return;
  told_to_stop_ = true;
  told_at_ = Clock::now();
  machine_->send({.kind = frame_stop, .payload = {}});
}

}  // namespace natstep::fuzz
