// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/kcov.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <utility>

#include <fcntl.h>
#include <linux/kcov.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

namespace natstep::fuzz {
namespace {

/// A packet is some hundred addresses, a program at most sixteen packets.
constexpr std::size_t room = std::size_t{1} << 16;
constexpr std::size_t area_bytes = room * sizeof(std::uint64_t);

constexpr std::uint64_t golden = 0x9e3779b97f4a7c15u;

}  // namespace

std::unique_ptr<Kcov> Kcov::open() {
  harness::Descriptor file(::open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC));
  if (!file || ::ioctl(file.get(), KCOV_INIT_TRACE, room) != 0) return nullptr;
  void* area = ::mmap(nullptr, area_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (area == MAP_FAILED) return nullptr;
  std::unique_ptr<Kcov> kcov(new Kcov(std::move(file), static_cast<std::uint64_t*>(area)));
  return ::ioctl(kcov->file_.get(), KCOV_ENABLE, KCOV_TRACE_PC) == 0 ? std::move(kcov) : nullptr;
}

Kcov::~Kcov() {
  ::ioctl(file_.get(), KCOV_DISABLE, 0);
  ::munmap(area_, area_bytes);
}

void Kcov::begin() {
  std::atomic_ref(area_[0]).store(0, std::memory_order_relaxed);
}

std::span<const std::uint64_t> Kcov::addresses() const {
  const std::uint64_t count = std::atomic_ref(area_[0]).load(std::memory_order_relaxed);
  return {area_ + 1, std::min<std::uint64_t>(count, room - 1)};
}

void KernelTrace::note(std::uint64_t address) {
  std::uint64_t& place = known_[address * golden >> 48];
  if (place == address) [[likely]]
    return;
  place = address;
  if (places_.insert(address).second) new_places_.push_back(address);
}

void KernelTrace::add_places(std::span<const std::uint64_t> addresses) {
  for (const std::uint64_t address : addresses)
    note(address);
}

void KernelTrace::add(std::span<const std::uint64_t> addresses, Features& features) {
  ++turn_;
  std::uint64_t before = 0;
  for (const std::uint64_t address : addresses) {
    const std::uint64_t way = (std::rotl(before, 20) ^ address) * golden;
    before = address;
    const auto number = static_cast<std::uint32_t>(way >> (64 - kernel_feature_bits));
    note(address);
    if (std::exchange(told_in_[number], turn_) == turn_) continue;
    features.add_kernel(number);
  }
}

}  // namespace natstep::fuzz
