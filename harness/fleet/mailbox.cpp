// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/mailbox.h"

#include "harness/cli/descriptor.h"
#include "harness/fleet/file.h"
#include "netns/error.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace natstep::harness {
namespace {

namespace fs = std::filesystem;

/// QEMU's docs/specs/ivshmem-spec: the shared memory is the device's third region.
constexpr const char* vendor = "0x1af4\n";
constexpr const char* device = "0x1110\n";
constexpr const char* memory_region = "resource2";

}  // namespace

Mailbox::Mailbox(int fd, Side side) {
  void* memory = ::mmap(nullptr, 2 * half, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) netns::throw_failed("memory shared with a guest", errno);
  memory_ = static_cast<char*>(memory);
  own_ = side == Side::host ? memory_ : memory_ + half;
  other_ = side == Side::host ? memory_ + half : memory_;
}

Mailbox::~Mailbox() {
  ::munmap(memory_, 2 * half);
}

std::optional<std::size_t> Mailbox::put(std::string_view content) {
  if (content.size() > half) return std::nullopt;
  if (next_ + content.size() > half) next_ = 0;
  const std::size_t place = next_;
  std::memcpy(own_ + place, content.data(), content.size());
  next_ += content.size();
  return place;
}

std::optional<std::string> Mailbox::take(std::size_t offset, std::size_t size) const {
  if (offset > half || size > half - offset) return std::nullopt;
  return std::string(other_ + offset, size);
}

int make_mailbox_file() {
  const int fd = ::memfd_create("mailbox", 0);
  if (fd < 0 || ::ftruncate(fd, 2 * Mailbox::half) != 0) netns::throw_failed("memfd", errno);
  return fd;
}

std::unique_ptr<Mailbox> find_mailbox() {
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator("/sys/bus/pci/devices", absent)) {
    const fs::path& folder = entry.path();
    if (content_of(folder / "vendor") != vendor || content_of(folder / "device") != device)
      continue;
    const Descriptor memory(::open((folder / memory_region).c_str(), O_RDWR | O_CLOEXEC));
    if (memory) return std::make_unique<Mailbox>(memory.get(), Mailbox::Side::guest);
  }
  return nullptr;
}

}  // namespace natstep::harness
