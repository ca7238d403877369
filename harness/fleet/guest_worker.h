// SPDX-License-Identifier: GPL-2.0-or-later
// Runs scenarios in a guest instead of in this process. When the guest's kernel comes to grief, the
// scenario that it was running gets that as its outcome, and the next one gets a new boot.
#pragma once

#include "harness/cli/descriptor.h"
#include "harness/cli/scenario_job.h"
#include "harness/cli/select.h"
#include "harness/fleet/kernel_choice.h"
#include "harness/fleet/machine.h"
#include "harness/report/result.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace natstep::harness {

/// A kernel that is ready to be booted any number of times.
struct BootableKernel {
  Kernel kernel;
  std::shared_ptr<Descriptor> initramfs;
  BootOptions options;
  std::string crash_at = {};  // as KernelChoice
};

/// The kernel that `wanted` names, fetched when it has to be, with all that a boot needs. Throws
/// UsageError or EnvironmentError.
std::shared_ptr<const BootableKernel> bootable_kernel(const KernelChoice& wanted);

/// The same of a kernel that is at hand.
std::shared_ptr<const BootableKernel> bootable(Kernel kernel, const KernelChoice& wanted);

/// Boots, and waits for natstep inside to say so. Throws EnvironmentError with the console's end
/// when that never comes.
std::unique_ptr<Machine> boot(const BootableKernel& kernel);

/// "Linux 6.12.117-1 x86_64 in QEMU": what reports say that they ran on.
std::string guest_name(const BootableKernel& kernel);

class GuestWorker {
 public:
  GuestWorker(std::shared_ptr<const BootableKernel> kernel, JobOptions options)
      : kernel_(std::move(kernel)), options_(std::move(options)) {}

  /// Never throws: what goes wrong is the result's verdict and reason.
  Result run(const ScenarioFile& file);

 private:
  /// What is to be sent for a scenario.
  [[nodiscard]] GuestFrame request_for(const ScenarioFile& file) const;
  Result run_inside(const ScenarioFile& file);
  Result warned(const ScenarioFile& file, Result seen);
  bool warns_again();
  Result lost(const ScenarioFile& file, const std::string& what);
  void start();
  /// What the console has said that belongs to no scenario yet.
  [[nodiscard]] std::string_view unread_console() const;

  std::shared_ptr<const BootableKernel> kernel_;
  JobOptions options_;
  std::unique_ptr<Machine> machine_;
  std::size_t console_read_ = 0;
};

}  // namespace natstep::harness
