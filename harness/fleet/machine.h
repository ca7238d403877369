// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel that runs as a process of this machine: QEMU with an initramfs, or user-mode Linux over
// the host's file system. It ends with this object, and with this process.
#pragma once

#include "harness/cli/descriptor.h"
#include "harness/fleet/guest_channel.h"
#include "harness/fleet/kernel.h"
#include "harness/fleet/mailbox.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace natstep::harness {

enum class Accelerator : std::uint8_t { tcg, kvm };

/// When the console tells what the kernel logs.
enum class ConsoleTells : std::uint8_t {
  at_once,
  /// User-mode Linux: all that the log still holds, whatever its level, and only when the kernel
  /// dies. Warnings kill it too, or nobody would see them.
  in_the_end,
};

struct BootOptions {
  Accelerator accelerator = Accelerator::tcg;
  unsigned megabytes = 512;
  ConsoleTells console = ConsoleTells::at_once;
  std::vector<std::string> kernel_words = {};  // more of the kernel's command line
};

class Machine {
 public:
  /// Starts it; it says "hello" when it is ready. `initramfs` is used by QEMU alone. Throws
  /// EnvironmentError.
  Machine(const Kernel& kernel, int initramfs, const BootOptions& options);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  /// False when the machine is gone.
  bool send(const GuestFrame& frame);
  /// The next frame; nothing when the machine is gone, or silent for `patience`.
  std::optional<GuestFrame> receive(std::chrono::milliseconds patience);
  [[nodiscard]] bool is_gone() const { return gone_; }

  /// All that the console has said.
  [[nodiscard]] const std::string& console() const { return console_; }
  /// Returns when the console has said this behind what it had said at `from`, or is silent about
  /// it for `patience`.
  void await_console(std::string_view words, std::size_t from, std::chrono::milliseconds patience);

 private:
  bool drain(int fd, std::string& into);
  void take_what_there_is();
  /// How many bytes may be sent before the guest has read more.
  [[nodiscard]] std::size_t room() const;

  pid_t pid_ = -1;
  std::unique_ptr<Mailbox> mailbox_;  // with QEMU
  Descriptor channel_;
  Descriptor console_fd_;
  FrameReader reader_;
  std::deque<GuestFrame> frames_;
  std::string console_;
  bool gone_ = false;
  bool in_pieces_ = false;
  std::size_t sent_ = 0;         // bytes
  std::size_t pieces_read_ = 0;  // as the guest says
};

/// The words of QEMU's command line: the console on descriptor `console`, the channel on `channel`,
/// the initramfs on `initramfs`, the memory that both sides see on `mailbox`.
struct MachineFds {
  int console = -1;
  int channel = -1;
  int initramfs = -1;
  int mailbox = -1;
};
std::vector<std::string> qemu_words(const Kernel& kernel, const MachineFds& fds,
                                    const BootOptions& options);
std::vector<std::string> uml_words(const Kernel& kernel, const MachineFds& fds,
                                   const BootOptions& options);

}  // namespace natstep::harness
