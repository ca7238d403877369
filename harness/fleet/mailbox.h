// SPDX-License-Identifier: GPL-2.0-or-later
// Memory that a guest in QEMU and its host both see. What goes over an emulated serial line costs
// an interrupt a byte; what lies here costs nothing, and the line only says where it lies. It is
// the memory of a PCI device (ivshmem), which the guest maps without any driver.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace natstep::harness {

/// Each writes into a half of its own and reads the other's. Who has sent a few things waits for an
/// answer, so that nothing is written over before it was read.
class Mailbox {
 public:
  enum class Side : std::uint8_t { host, guest };

  /// Maps what `fd` is; it may be closed afterwards. Throws EnvironmentError.
  Mailbox(int fd, Side side);
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  /// Where in the own half it lies now; nothing when it is longer than that.
  std::optional<std::size_t> put(std::string_view content);
  /// What the other side put there; nothing when that cannot be.
  [[nodiscard]] std::optional<std::string> take(std::size_t offset, std::size_t size) const;

  static constexpr std::size_t half = std::size_t{8} << 20;

 private:
  char* memory_ = nullptr;
  char* own_ = nullptr;
  const char* other_ = nullptr;
  std::size_t next_ = 0;
};

/// The host's: an anonymous file, which the machine gets.
int make_mailbox_file();
/// The guest's, when the machine has such a device.
std::unique_ptr<Mailbox> find_mailbox();

}  // namespace natstep::harness
