// SPDX-License-Identifier: GPL-2.0-or-later
// One packet into a port and what then lies in all ports, with a single system call (io_submit,
// whose results lie in memory when it returns). A real kernel's system calls cost too little to be
// worth it; in user-mode Linux each is a stop of one process of the host by another.
#pragma once

#include "model/wire/bytes.h"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include <linux/aio_abi.h>

namespace natstep::netns {

class BatchedIo {
 public:
  /// The calling thread's; null where it is not worth it, or where the kernel has none.
  static BatchedIo* of_thread();
  ~BatchedIo();
  BatchedIo(const BatchedIo&) = delete;
  BatchedIo& operator=(const BatchedIo&) = delete;

  /// What a call gave: bytes, or -errno.
  struct Result {
    std::int64_t size = 0;
    wire::ByteView bytes;  // what was read, until the next exchange
  };
  static constexpr std::size_t reads_of_each = 2;
  static constexpr std::size_t most_ports = 7;

  /// Writes `packet` to `into` and then reads each of `from` twice, none of which may wait. The
  /// first result is the write's. None when the kernel will not do it.
  std::span<const Result> exchange(int into, wire::ByteView packet, std::span<const int> from);

 private:
  static constexpr std::size_t most_calls = 1 + reads_of_each * most_ports;

  explicit BatchedIo(aio_context_t context) : context_(context) {}
  bool collect(std::size_t count);

  aio_context_t context_;
  std::array<iocb, most_calls> calls_{};
  std::array<Result, most_calls> results_{};
  std::vector<std::uint8_t> memory_;
};

}  // namespace natstep::netns
