// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/guest_worker.h"

#include "harness/cli/exit_code.h"
#include "harness/fleet/console.h"
#include "harness/fleet/fetch.h"
#include "harness/fleet/guest_command.h"
#include "harness/fleet/initramfs.h"
#include "harness/fleet/kernel_store.h"
#include "harness/report/output.h"
#include "harness/sweeps/sweep.h"
#include "model/clause.h"
#include "netns/error.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

namespace natstep::harness {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

/// A boot on a busy host can go wrong once.
constexpr int most_boots = 2;
/// Emulated machines are slow, but not that slow.
constexpr seconds patience_to_boot{120};
constexpr seconds patience_with_kvm{10};
constexpr seconds patience_with_scenario{120};
/// What the console has to say about a scenario can come behind the scenario's result.
constexpr std::chrono::milliseconds patience_with_console{500};

Kernel kernel_meant_by(const std::string& wanted) {
  KernelStore store;
  if (auto kernel = store.find(wanted)) return *std::move(kernel);
  const std::vector<PackagedKernel> kernels = available_kernels();
  const Resolved resolved = resolve(kernels, wanted);
  if (resolved.remark.empty()) {
    fmt::print(stderr, "natstep: fetching kernel {}\n", resolved.kernel->version);
    return fetch_kernel(*resolved.kernel, store);
  }
  const std::string hint =
      resolved.kernel == nullptr
          ? std::string()
          : fmt::format("; the nearest that can be had is {}", resolved.kernel->version);
  throw UsageError(fmt::format("--kernel: {}{}", resolved.remark, hint));
}

bool can_open_kvm() {
  return static_cast<bool>(Descriptor(::open("/dev/kvm", O_RDWR | O_CLOEXEC)));
}

bool boots(BootableKernel kernel, Accelerator accelerator) {
  kernel.options.accelerator = accelerator;
  Machine machine(kernel.kernel, kernel.initramfs->get(), kernel.options);
  const auto frame = machine.receive(patience_with_kvm);
  return frame && frame->kind == "hello";
}

/// A /dev/kvm that is there need not work: a guest may hang. Only one that booted is believed, and
/// what came out is remembered.
Accelerator best_accelerator(const BootableKernel& kernel) {
  if (!can_open_kvm()) return Accelerator::tcg;
  const fs::path verdict = cache_folder() / fmt::format("kvm-{}", netns::running_kernel().release);
  std::string word;
  if (std::ifstream(verdict) >> word) return word == "works" ? Accelerator::kvm : Accelerator::tcg;
  const bool works = boots(kernel, Accelerator::kvm);
  write_file(verdict, works ? "works\n" : "hangs\n");
  return works ? Accelerator::kvm : Accelerator::tcg;
}

std::string tail_of(const std::string& console) {
  constexpr std::size_t most = 1500;
  return console.size() <= most ? console : console.substr(console.size() - most);
}

/// Two releases can be played by profiles of the same name.
std::string profile_of(const Kernel& kernel, const JobOptions& job) {
  const std::string version = version_of(kernel);
  const bool its_own = model::profile_for_release(version).name == job.lockstep.profile.name;
  return its_own ? version : job.lockstep.profile.name;
}

GuestOptions guest_options(const Kernel& kernel, const JobOptions& job) {
  return {.folder = fs::current_path().native(),
          .profile = profile_of(kernel, job),
          .broken = job.lockstep.broken ? std::string(model::info(*job.lockstep.broken).id) : "",
          .out = job.out.native(),
          .minimise = job.minimise,
          .colour = job.colour,
          .other_profiles = job.lockstep.other_profiles,
          .watch = static_cast<int>(job.watch),
          .asked = model::names_of(job.lockstep.asked)};
}

void keep(const std::vector<GuestFile>& files) {
  for (const GuestFile& file : files) {
    prepare_folder(fs::absolute(file.path).parent_path());
    write_file(file.path, file.content);
  }
}

}  // namespace

std::shared_ptr<const BootableKernel> bootable_kernel(const KernelChoice& wanted) {
  return bootable(kernel_meant_by(wanted.name), wanted);
}

std::shared_ptr<const BootableKernel> bootable(Kernel found, const KernelChoice& wanted) {
  BootableKernel kernel{.kernel = std::move(found),
                        .initramfs = {},
                        .options = {.kernel_words = wanted.boot_options},
                        .crash_at = wanted.crash_at};
  if (kernel.kernel.kind == KernelKind::pc) {
    kernel.initramfs = std::make_shared<Descriptor>(make_initramfs(kernel.kernel));
    kernel.options.accelerator = best_accelerator(kernel);
  }
  return std::make_shared<const BootableKernel>(std::move(kernel));
}

std::string guest_name(const BootableKernel& kernel) {
  if (kernel.kernel.kind == KernelKind::uml)
    return fmt::format("Linux {} user-mode ({})", kernel.kernel.release, kernel.kernel.name);
  const bool kvm = kernel.options.accelerator == Accelerator::kvm;
  return fmt::format("Linux {} x86_64 in QEMU{} ({})", kernel.kernel.release,
                     kvm ? " with KVM" : "", kernel.kernel.name);
}

std::unique_ptr<Machine> boot(const BootableKernel& kernel) {
  const int initramfs = kernel.initramfs ? kernel.initramfs->get() : -1;
  std::unique_ptr<Machine> machine;
  for (int attempt = 0; attempt < most_boots; ++attempt) {
    machine = std::make_unique<Machine>(kernel.kernel, initramfs, kernel.options);
    const auto frame = machine->receive(patience_to_boot);
    if (frame && frame->kind == "hello") return machine;
  }
  netns::throw_failed(fmt::format("kernel {} {}; its console ends with\n{}", kernel.kernel.name,
                                  machine->is_gone() ? "ended while it booted" : "does not boot",
                                  tail_of(machine->console())));
}

void GuestWorker::start() {
  machine_ = boot(*kernel_);
  console_read_ = machine_->console().size();
  machine_->send({.kind = "options", .payload = encode(guest_options(kernel_->kernel, options_))});
}

std::string_view GuestWorker::unread_console() const {
  return std::string_view(machine_->console()).substr(console_read_);
}

Result GuestWorker::run(const ScenarioFile& file) {
  try {
    return run_inside(file);
  } catch (const netns::EnvironmentError& error) {
    machine_.reset();
    const bool missing = error.kind == netns::EnvironmentError::Kind::missing;
    return without_outcome(file, missing ? Verdict::skipped : Verdict::broken, error.what());
  } catch (const std::exception& error) {
    machine_.reset();
    return without_outcome(file, Verdict::broken, error.what());
  }
}

GuestFrame GuestWorker::request_for(const ScenarioFile& file) const {
  const std::string& crash_at = kernel_->crash_at;
  if (!crash_at.empty() && file.path.find(crash_at) != std::string::npos)
    return {.kind = "crash", .payload = {}};
  ScenarioRequest request{.path = file.path, .area = file.area, .files = {}};
  if (!is_sweep_path(file.path))
    request.files.push_back({.path = file.path, .content = text_for_guest(file.path)});
  return {.kind = "scenario", .payload = encode(request)};
}

Result GuestWorker::run_inside(const ScenarioFile& file) {
  if (!machine_) start();
  machine_->send(request_for(file));
  const auto frame = machine_->receive(patience_with_scenario);
  if (!frame || frame->kind != "result")
    return lost(file, frame ? "natstep inside was " + frame->payload : std::string());
  ScenarioReply reply = decode_reply(frame->payload);
  keep(reply.files);
  if (find_trouble(unread_console())) return warned(file, decode(reply.result));
  console_read_ = machine_->console().size();
  return decode(reply.result);
}

/// After a WARN a kernel goes on, and so does its guest, unless it would keep the next one to
/// itself. What the packets did was seen all the same.
Result GuestWorker::warned(const ScenarioFile& file, Result seen) {
  machine_->await_console("---[ end trace", console_read_, patience_with_console);
  const auto trouble = find_trouble(unread_console());
  Result result =
      without_outcome(file, Verdict::broken, fmt::format("kernel: {}", trouble->fingerprint()));
  result.report += trouble->excerpt + '\n';
  result.behaviour = std::move(seen.behaviour);
  console_read_ = machine_->console().size();
  if (trouble->kind != "WARN" || !warns_again()) machine_.reset();
  return result;
}

bool GuestWorker::warns_again() {
  machine_->send({.kind = "rearm", .payload = {}});
  const auto frame = machine_->receive(patience_with_scenario);
  return frame && frame->kind == "rearmed";
}

Result GuestWorker::lost(const ScenarioFile& file, const std::string& what) {
  // What the kernel has to say about it comes after the silence began.
  if (what.empty()) (void)machine_->receive(patience_with_console);
  const auto trouble = find_trouble(unread_console());
  std::string reason = what;
  if (trouble) {
    reason = trouble->fingerprint();
  } else if (reason.empty()) {
    reason = machine_->is_gone()
                 ? "the machine ended without a word"
                 : fmt::format("hang: no answer for {} s", patience_with_scenario.count());
  }
  Result result = without_outcome(file, Verdict::broken, fmt::format("kernel: {}", reason));
  result.report += trouble ? trouble->excerpt : tail_of(machine_->console());
  result.report += '\n';
  machine_.reset();
  return result;
}

}  // namespace natstep::harness
