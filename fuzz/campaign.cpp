// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/campaign.h"

#include "fuzz/campaign_info.h"
#include "fuzz/campaign_view.h"
#include "fuzz/crash.h"
#include "fuzz/crash_story.h"
#include "fuzz/guest_player.h"
#include "fuzz/kernel_places.h"
#include "fuzz/shared_page.h"
#include "fuzz/worker.h"
#include "harness/campaign/progress_log.h"
#include "harness/cli/descriptor.h"
#include "harness/cli/exit_code.h"
#include "harness/finding/durable.h"
#include "harness/finding/finding_store.h"
#include "harness/fleet/guest_worker.h"
#include "model/clause.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace natstep::fuzz {
namespace {

using Clock = std::chrono::steady_clock;
namespace exit_status = harness::exit_status;

constexpr int milliseconds_between_looks = 500;
constexpr double seconds_between_moments = 5;
constexpr double most_seconds_to_get_ready = 120;
/// A worker that dies sooner than this after its start would die again and again.
constexpr std::size_t most_crashes = 50;

/// The signals that end a campaign, as events.
class EndSignals {
 public:
  EndSignals() {
    ::sigemptyset(&set_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD})
      ::sigaddset(&set_, signal);
    ::sigprocmask(SIG_BLOCK, &set_, &before_);
    fd_ = harness::Descriptor(::signalfd(-1, &set_, SFD_CLOEXEC | SFD_NONBLOCK));
  }
  ~EndSignals() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
  EndSignals(const EndSignals&) = delete;
  EndSignals& operator=(const EndSignals&) = delete;

  /// Waits for a signal or a moment. True when the campaign was told to end.
  [[nodiscard]] bool wait() const {
    pollfd readable{.fd = fd_.get(), .events = POLLIN, .revents = 0};
    ::poll(&readable, 1, milliseconds_between_looks);
    bool end = false;
    signalfd_siginfo info{};
    while (::read(fd_.get(), &info, sizeof info) == sizeof info)
      end = end || info.ssi_signo != SIGCHLD;
    return end;
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
  harness::Descriptor fd_;
};

/// What earlier starts did.
struct Past {
  harness::Moment last;
  std::uint64_t findings = 0;
};

Past past_of(const std::filesystem::path& out) {
  Past past;
  const auto moments = harness::read_progress(out);
  if (!moments.empty()) past.last = moments.back();
  past.findings = harness::read_findings(out).size();
  return past;
}

/// User-mode Linux is an ELF file as it is.
std::filesystem::path image_of(const CampaignOptions& options) {
  return options.guest ? options.guest.kernel->kernel.image : std::filesystem::path();
}

/// What one worker has counted. Features and programs are those of the one that has most of them.
void add(const WorkerPage& page, CampaignState& state) {
  state.executions += page.executions;
  state.packets += page.packets;
  state.inconclusive += page.inconclusive;
  state.excused += page.excused;
  state.unseen += page.unseen;
  state.repeated += page.repeated;
  state.boxes += page.boxes;
  state.findings += page.findings;
  state.unrepeated += page.unrepeated;
  state.lost_writes += page.lost_writes;
  state.crashes += page.crashes;
  state.features = std::max<std::uint64_t>(state.features, page.features);
  state.corpus = std::max<std::uint64_t>(state.corpus, page.corpus);
}

class Campaign {
 public:
  explicit Campaign(const CampaignOptions& options)
      : options_(options),
        past_(past_of(options.out)),
        view_(options.out),
        places_(options.out, image_of(options)) {
    std::filesystem::create_directories(options.out);
    // A guest finds it there, or not at all.
    if (!options.shared_corpus.empty()) std::filesystem::create_directories(options.shared_corpus);
    lock_ = harness::hold_lock(options.out / "campaign.lock");
    log_.emplace(options.out);
    clauses_ = clauses_reached_before(options.out);
  }

  int run();

 private:
  void start_worker(std::size_t number);
  [[noreturn]] void be_worker(std::size_t number);
  void reap();
  void bury(std::size_t number, int status);
  void tell_crashes() const;
  CampaignState look();
  void log(const CampaignState& state);
  [[nodiscard]] bool is_over(const CampaignState& state) const;
  int result(const CampaignState& state, bool interrupted) const;

  const CampaignOptions& options_;
  Past past_;
  harness::Descriptor lock_;
  SharedPage page_;
  EndSignals signals_;
  std::optional<harness::ProgressLog> log_;
  CampaignView view_;
  KernelPlaces places_;
  std::map<pid_t, std::size_t> workers_;
  Clock::time_point began_ = Clock::now();
  int failure_ = 0;           // the exit status of a worker that gave up
  model::ClauseSet clauses_;  // reached by this start and by earlier ones
  std::uint64_t crashes_ = 0;
  std::uint64_t unlogged_ = 0;
  double next_moment_s_ = 0;
  std::optional<double> ready_after_s_;  // when the first program of this start had been played
  // For rates: the sums at the last look.
  double last_look_s_ = 0;
  std::uint64_t last_executions_ = 0, last_packets_ = 0;
  double rate_ = 0, packet_rate_ = 0;
};

void Campaign::be_worker(std::size_t number) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // kill -9 of the campaign leaves nobody behind
  int status = 0;
  try {
    if (options_.guest)
      GuestPlayer(options_, *page_, number, began_).run();
    else
      Worker(options_, *page_, number, began_).run();
  } catch (const netns::EnvironmentError& error) {
    fmt::print(stderr, "natstep: {}\n", error.what());
    const bool missing = error.kind == netns::EnvironmentError::Kind::missing;
    status = missing ? exit_status::skipped : exit_status::failed;
  } catch (const std::exception& error) {
    fmt::print(stderr, "natstep: {}\n", error.what());
    status = exit_status::failed;
  }
  std::fflush(stderr);
  ::_exit(status);
}

void Campaign::start_worker(std::size_t number) {
  const pid_t child = ::fork();
  if (child < 0)
    throw netns::EnvironmentError(netns::EnvironmentError::Kind::failed, "no process for a worker");
  if (child == 0) be_worker(number);
  workers_.emplace(child, number);
}

/// What a worker that died was playing is kept, and another takes its place.
void Campaign::bury(std::size_t number, int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  if (WIFEXITED(status)) {
    failure_ = WEXITSTATUS(status);
    page_->stop = true;
    return;
  }
  ++crashes_;
  WorkerPage& page = page_->workers[number];
  keep_crash(options_.out, {page.program.begin(), page.program.begin() + page.program_size},
             WTERMSIG(status));
  tell_crashes();
  page.place_count = 0;
  places_.forget_count(number);
  if (!page_->stop && crashes_ < most_crashes) start_worker(number);
}

/// Of guests their players tell.
void Campaign::tell_crashes() const {
  if (options_.guest) return;
  for (const auto& folder : untold_crashes(options_.out)) {
    try {
      tell_crash(folder, options_.lockstep);
    } catch (const netns::EnvironmentError& error) {
      fmt::print(stderr, "natstep: {}\n", error.what());
    }
  }
}

void Campaign::reap() {
  int status = 0;
  for (pid_t child = ::waitpid(-1, &status, WNOHANG); child > 0;
       child = ::waitpid(-1, &status, WNOHANG)) {
    const auto worker = workers_.extract(child);
    if (!worker.empty()) bury(worker.mapped(), status);
  }
}

CampaignState Campaign::look() {
  CampaignState state{.seconds_asked = options_.seconds, .jobs = options_.jobs};
  state.since_start_s = std::chrono::duration<double>(Clock::now() - began_).count();
  state.time_s = past_.last.time_s + state.since_start_s;
  double last_new_s = 0;
  for (std::size_t i = 0; i < options_.jobs; ++i) {
    const WorkerPage& page = page_->workers[i];
    add(page, state);
    last_new_s = std::max(last_new_s, static_cast<double>(page.last_new_ms) / 1000);
    places_.take(i, page);
    clauses_ |= clauses_of(page);
  }
  state.bare_established = page_->workers[0].bare_established;
  state.bare_new_flow = page_->workers[0].bare_new_flow;
  const double passed = state.since_start_s - last_look_s_;
  if (passed > 0.25) {
    rate_ = static_cast<double>(state.executions - last_executions_) / passed;
    packet_rate_ = static_cast<double>(state.packets - last_packets_) / passed;
    last_look_s_ = state.since_start_s;
    last_executions_ = state.executions;
    last_packets_ = state.packets;
  }
  state.executions_per_s = rate_;
  state.packets_per_s = packet_rate_;
  state.executions += past_.last.executions;
  state.findings += past_.findings;
  state.features = std::max(state.features, past_.last.features);
  state.clauses = std::max<std::uint64_t>(clauses_.count(), past_.last.clauses_reached);
  state.all_clauses = model::clauses().size();
  state.last_new_s = past_.last.time_s + last_new_s;
  state.crashes += crashes_;
  state.places = places_.count();
  state.lost_writes += unlogged_;
  return state;
}

/// A full disk costs moments, not the campaign.
void Campaign::log(const CampaignState& state) {
  try {
    log_->append({.time_s = state.time_s,
                  .executions = state.executions,
                  .executions_per_s = state.executions_per_s,
                  .bare_per_s = state.bare_established,
                  .features = state.features,
                  .clauses_reached = state.clauses,
                  .kernel_pcs = state.places,
                  .findings = state.findings,
                  .last_new_s = state.last_new_s});
    keep_info(options_, clauses_);
    places_.keep();
  } catch (const netns::EnvironmentError&) {
    ++unlogged_;
  }
}

/// A campaign lasts as long as it was told from its first program on: on a busy machine the first
/// box and the bare loop take their time.
bool Campaign::is_over(const CampaignState& state) const {
  if (options_.seconds <= 0) return false;
  const double ready = ready_after_s_.value_or(most_seconds_to_get_ready);
  return state.since_start_s >= options_.seconds + ready;
}

int Campaign::run() {
  tell_crashes();
  for (std::size_t i = 0; i < options_.jobs; ++i)
    start_worker(i);
  bool interrupted = false;
  CampaignState state;
  while (!workers_.empty()) {
    interrupted = signals_.wait() || interrupted;
    reap();
    state = look();
    if (!ready_after_s_ && state.executions > past_.last.executions)
      ready_after_s_ = state.since_start_s;
    if (interrupted || is_over(state)) page_->stop = true;
    if (workers_.empty()) break;
    view_.show(state);
    if (state.since_start_s < next_moment_s_) continue;
    log(state);
    next_moment_s_ = state.since_start_s + seconds_between_moments;
  }
  state = look();
  state.executions_per_s =
      static_cast<double>(state.executions - past_.last.executions) / state.since_start_s;
  state.packets_per_s = static_cast<double>(state.packets) / state.since_start_s;
  log(state);
  view_.finish(state);
  return result(state, interrupted);
}

int Campaign::result(const CampaignState& state, bool interrupted) const {
  if (failure_ != 0) return failure_;
  if (state.findings != 0 || state.crashes != 0) return exit_status::diverged;
  if (interrupted) return exit_status::interrupted;
  if (state.executions > past_.last.executions) return exit_status::agreed;
  fmt::print(stderr, "natstep: not one program was played in {:.0f} s\n", state.since_start_s);
  return exit_status::failed;
}

}  // namespace

int run_campaign(const CampaignOptions& options) {
  return Campaign(options).run();
}

}  // namespace natstep::fuzz
