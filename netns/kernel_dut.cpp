// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/kernel_dut.h"

#include "netns/box.h"
#include "netns/error.h"
#include "netns/probe.h"
#include "netns/unique_fd.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

#include <sys/timerfd.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace natstep::netns {
namespace {

/// While one box settles, others serve: enough of them for a grace period (some 20 ms) of short
/// scenarios.
constexpr std::size_t most_idle_boxes = 12;

/// Since Linux 5.13 the hooks of conntrack and defragmentation all go with the last rule that needs
/// them (nf_defrag_ipv4_disable); before, a namespace never was the same again.
bool kernel_forgets() {
  const std::string release = running_kernel().release;
  int major = 0;
  int minor = 0;
  const char* end = release.data() + release.size();
  const auto [dot, error] = std::from_chars(release.data(), end, major);
  if (error == std::errc{} && dot != end) std::from_chars(dot + 1, end, minor);
  return std::pair(major, minor) >= std::pair(5, 13);
}

}  // namespace

KernelInfo running_kernel() {
  utsname name{};
  ::uname(&name);
  return {.release = name.release, .machine = name.machine};
}

class KernelDut::Impl {
 public:
  explicit Impl(Namespace entrance) : entrance_(std::move(entrance)) {
    open_tun();
    require_netfilter();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  [[nodiscard]] Box& current() const {
    if (!current_) throw_failed("there is no box before configure() or after it failed");
    return *current_;
  }

  [[nodiscard]] const Namespace& home() const { return current_ ? current_->home() : entrance_; }

  std::optional<SysctlRefused> configure(const TopologySpec& topology,
                                         std::span<const SysctlSpec> sysctls) {
    home().require_inside();
    if (auto last = std::exchange(current_, nullptr)) put_away(std::move(last));
    entrance_.enter();
    current_ = fetch(topology);
    for (std::size_t i = 0; i < sysctls.size(); ++i) {
      if (auto message = current_->set_sysctl(sysctls[i])) {
        return SysctlRefused{.index = i, .message = *std::move(message)};
      }
    }
    return std::nullopt;
  }

 private:
  void put_away(std::unique_ptr<Box> box) {
    if (kernel_forgets_ && box->wipe()) idle_.push_back(std::move(box));
  }

  std::unique_ptr<Box> fetch(const TopologySpec& topology) {
    if (idle_.size() < most_idle_boxes) return make(topology);
    auto oldest = std::ranges::find(
        idle_, topology, [](const auto& box) -> const TopologySpec& { return box->topology(); });
    const bool found = oldest != idle_.end();
    if (!found) oldest = idle_.begin();
    std::unique_ptr<Box> box = std::move(*oldest);
    idle_.erase(oldest);
    if (found) return reopen(std::move(box));
    return make(topology);
  }

  static std::unique_ptr<Box> reopen(std::unique_ptr<Box> box) {
    box->home().enter();
    box->settle();
    return box;
  }

  std::unique_ptr<Box> make(const TopologySpec& topology) const {
    try {
      return std::make_unique<Box>(topology);
    } catch (...) {
      entrance_.enter();  // not left behind in half a box
      throw;
    }
  }

  Namespace entrance_;  // where the thread is while there is no box
  bool kernel_forgets_ = kernel_forgets();
  std::vector<std::unique_ptr<Box>> idle_;  // the longest idle first
  std::unique_ptr<Box> current_;            // null before configure(), or when it threw
};

KernelDut::KernelDut() {
  require_proc();
  impl_ = std::make_unique<Impl>(Namespace::create());
}
KernelDut::~KernelDut() = default;

std::optional<KernelDut::SysctlRefused> KernelDut::configure(const TopologySpec& topology,
                                                             std::span<const SysctlSpec> sysctls) {
  return impl_->configure(topology, sysctls);
}

std::optional<RuleError> KernelDut::load_rules(RuleTool tool, const std::string& text) {
  return impl_->current().load_rules(tool, text);
}

void KernelDut::install_taps(std::span<const TapPlace> places) {
  impl_->current().install_taps(places);
}

std::string KernelDut::list_rules_json() {
  return impl_->current().list_rules_json();
}

void KernelDut::hold(std::span<const std::uint16_t> queues) {
  impl_->current().hold(queues);
}

void KernelDut::apply(const Stimulus& stimulus, const ObserveOptions& options, Observation& out) {
  impl_->current().apply(stimulus, options, out);
}

std::optional<RuleError> KernelDut::happen(const Event& event, const ObserveOptions& options,
                                           Observation& out) {
  return impl_->current().happen(event, options, out);
}

void KernelDut::await_removal(std::span<const CtTuple> originals) {
  impl_->current().conntrack().await_removal(originals);
}

std::optional<CtEntry> KernelDut::find_entry(const CtTuple& tuple, std::uint16_t zone) {
  return impl_->current().conntrack().find(tuple, zone);
}

std::uint32_t KernelDut::entry_count() {
  return impl_->current().conntrack().count();
}

CtStats KernelDut::stats() {
  return impl_->current().stats();
}

/// Time is the stimulus here, so it is waited for: a timer's end is the event.
void KernelDut::pass_time(std::uint32_t seconds) {
  const UniqueFd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  const itimerspec in_seconds{.it_interval = {}, .it_value = {.tv_sec = seconds, .tv_nsec = 0}};
  if (!timer || ::timerfd_settime(timer.get(), 0, &in_seconds, nullptr) != 0) {
    throw EnvironmentError(EnvironmentError::Kind::failed, "no timer to wait with");
  }
  std::uint64_t expirations = 0;
  while (::read(timer.get(), &expirations, sizeof expirations) < 0 && errno == EINTR) {
  }
}

bool KernelDut::delete_entry(const CtTuple& tuple, std::uint16_t zone) {
  return impl_->current().conntrack().remove(tuple, zone);
}

void KernelDut::take_entries(std::span<const CtTuple> originals, CtTaken& out) {
  impl_->current().conntrack().take(originals, out);
}

void KernelDut::drop_held() {
  impl_->current().drop_held();
}

void KernelDut::enter() const {
  impl_->home().enter();
}

std::vector<CtEntry> KernelDut::dump() {
  return impl_->current().conntrack().dump();
}

int KernelDut::tun_fd(PortId port) const {
  return impl_->current().tun_fd(port);
}

}  // namespace natstep::netns
