// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/batched_io.h"

#include <atomic>
#include <fstream>
#include <memory>
#include <string>

#include <sys/syscall.h>
#include <unistd.h>

namespace natstep::netns {
namespace {

/// A TUN frame is at most 65535 bytes.
constexpr std::size_t room_for_frame = 65536;

/// struct aio_ring of fs/aio.c, which the context's number is the address of; its layout is known
/// by its magic number to programs that read it.
struct Ring {
  static constexpr std::uint32_t expected_magic = 0xa10a10a1;

  std::uint32_t id;
  std::uint32_t size;
  std::uint32_t head;
  std::uint32_t tail;
  std::uint32_t magic;
  std::uint32_t compatible;
  std::uint32_t incompatible;
  std::uint32_t header_length;
};
static_assert(sizeof(Ring) == 32);

bool is_user_mode_linux() {
  std::ifstream cpus("/proc/cpuinfo");
  for (std::string line; std::getline(cpus, line);)
    if (line.find("User Mode Linux") != std::string::npos) return true;
  return false;
}

std::uint64_t address_of(const void* memory) {
  return reinterpret_cast<std::uint64_t>(memory);
}

iocb call(std::uint16_t what, int fd, const void* memory, std::size_t size, std::size_t number) {
  iocb one{};
  one.aio_data = number;
  one.aio_lio_opcode = what;
  one.aio_fildes = static_cast<std::uint32_t>(fd);
  one.aio_buf = address_of(memory);
  one.aio_nbytes = size;
  return one;
}

}  // namespace

BatchedIo* BatchedIo::of_thread() {
  thread_local const std::unique_ptr<BatchedIo> its_own = []() -> std::unique_ptr<BatchedIo> {
    aio_context_t context = 0;
    if (!is_user_mode_linux() || ::syscall(SYS_io_setup, most_calls, &context) != 0) return nullptr;
    std::unique_ptr<BatchedIo> made(new BatchedIo(context));
    const bool known = reinterpret_cast<const Ring*>(context)->magic == Ring::expected_magic;
    return known ? std::move(made) : nullptr;
  }();
  return its_own.get();
}

BatchedIo::~BatchedIo() {
  ::syscall(SYS_io_destroy, context_);
}

/// Whether all of them have been done already, as calls are that never wait.
bool BatchedIo::collect(std::size_t count) {
  auto* ring = reinterpret_cast<Ring*>(context_);
  const auto* events = reinterpret_cast<const io_event*>(ring + 1);
  const std::uint32_t tail = std::atomic_ref(ring->tail).load(std::memory_order_acquire);
  std::uint32_t head = ring->head;
  std::size_t done = 0;
  for (; head != tail; head = (head + 1) % ring->size, ++done)
    results_[events[head].data].size = events[head].res;
  std::atomic_ref(ring->head).store(head, std::memory_order_release);
  return done == count;
}

std::span<const BatchedIo::Result> BatchedIo::exchange(int into, wire::ByteView packet,
                                                       std::span<const int> from) {
  const std::size_t count = 1 + from.size() * reads_of_each;
  if (count > most_calls) return {};
  memory_.resize((most_calls - 1) * room_for_frame);
  calls_[0] = call(IOCB_CMD_PWRITE, into, packet.data(), packet.size(), 0);
  for (std::size_t i = 1; i < count; ++i)
    calls_[i] = call(IOCB_CMD_PREAD, from[(i - 1) / reads_of_each],
                     memory_.data() + (i - 1) * room_for_frame, room_for_frame, i);
  std::array<iocb*, most_calls> pointers{};
  for (std::size_t i = 0; i < count; ++i)
    pointers[i] = &calls_[i];
  const auto begun = ::syscall(SYS_io_submit, context_, count, pointers.data());
  if (begun != static_cast<long>(count) || !collect(count)) return {};
  for (std::size_t i = 1; i < count; ++i)
    if (results_[i].size >= 0)
      results_[i].bytes = {memory_.data() + (i - 1) * room_for_frame,
                           static_cast<std::size_t>(results_[i].size)};
  return std::span(results_).first(count);
}

}  // namespace natstep::netns
