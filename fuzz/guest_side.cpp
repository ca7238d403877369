// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/guest_side.h"

#include "fuzz/corpus_folder.h"
#include "fuzz/crash_story.h"
#include "fuzz/kernel_log.h"
#include "fuzz/page_news.h"
#include "fuzz/shared_page.h"
#include "fuzz/worker.h"
#include "harness/cli/descriptor.h"
#include "harness/cli/exit_code.h"
#include "harness/fleet/guest.h"
#include "netns/error.h"
#include "netns/machine_setting.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace natstep::fuzz {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int milliseconds_between_news = 400;

[[noreturn]] void be_worker(const CampaignOptions& options, const InsideOptions& inside,
                            CampaignPage& page) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  int status = 0;
  try {
    KernelLog log;
    Worker worker(options, page, inside.number, Clock::now());
    worker.before_each = [&](wire::ByteView encoded) {
      log.note(encoded);
      if (!inside.crash_at.empty() && name_of(encoded).find(inside.crash_at) != std::string::npos)
        ::_exit(harness::status_to_crash);
    };
    worker.run();
  } catch (const std::exception& error) {
    fmt::print(stderr, "natstep: {}\n", error.what());
    status = harness::exit_status::failed;
  }
  std::fflush(stderr);
  ::_exit(status);
}

/// The parent of the worker: it speaks with the host.
class Speaker {
 public:
  Speaker(CampaignPage& page, std::size_t number)
      : page_(page), mine_(page.workers[number]), channel_(harness::open_guest_channel()) {
    ::fcntl(channel_.get(), F_SETFL, O_RDWR | O_NONBLOCK);
  }

  /// Returns how the worker ended.
  int attend(pid_t worker) {
    int status = 0;
    while (::waitpid(worker, &status, WNOHANG) == 0) {
      listen();
      tell();
    }
    tell();
    return status;
  }

  void tell_death(int signal) {
    std::string payload(1, static_cast<char>(signal));
    payload.append(mine_.program.begin(), mine_.program.begin() + mine_.program_size);
    say({.kind = frame_died, .payload = std::move(payload)});
  }

 private:
  void listen() {
    pollfd readable{.fd = channel_.get(), .events = POLLIN, .revents = 0};
    ::poll(&readable, 1, milliseconds_between_news);
    std::array<char, 4096> piece{};
    const ssize_t size = ::read(channel_.get(), piece.data(), piece.size());
    if (size > 0) frames_.feed({piece.data(), static_cast<std::size_t>(size)});
    while (const auto frame = frames_.next())
      if (frame->kind == frame_stop) page_.stop = true;
  }

  void tell() { say({.kind = frame_news, .payload = news_of(mine_, places_told_)}); }

  void say(const harness::GuestFrame& frame) const { harness::write_frame(channel_.get(), frame); }

  CampaignPage& page_;
  WorkerPage& mine_;
  harness::Descriptor channel_;
  harness::FrameReader frames_;
  std::uint32_t places_told_ = 0;
};

}  // namespace

int run_inside_guest(const CampaignOptions& options, const InsideOptions& inside) {
  netns::take_machine_for_our_own();
  harness::share_folder_with_host(options.out);
  if (!options.shared_corpus.empty()) harness::share_folder_with_host(options.shared_corpus);
  SharedPage page;
  const pid_t worker = ::fork();
  if (worker < 0) netns::throw_failed("no process for a worker");
  if (worker == 0) be_worker(options, inside, *page);
  Speaker speaker(*page, inside.number);
  const int status = speaker.attend(worker);
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  speaker.tell_death(WTERMSIG(status));
  return harness::exit_status::failed;
}

int tell_inside_guest(const CampaignOptions& options, const std::filesystem::path& folder) {
  harness::share_folder_with_host(options.out);
  tell_crash(folder, options.lockstep);
  return harness::exit_status::agreed;
}

}  // namespace natstep::fuzz
