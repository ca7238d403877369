// SPDX-License-Identifier: GPL-2.0-or-later
// A pool of worker processes that takes numbered items and hands back one message each.
//
// Workers are processes and not threads for two reasons: the network namespace that a kernel side
// lives in belongs to a process and vanishes with it, and whatever kills a worker costs one item
// and not the run. A worker that dies is replaced. Workers die with the parent, even when that is
// killed with SIGKILL.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

namespace natstep::harness {

/// Does item number `item` and returns the message for the parent. Runs in a worker.
using Work = std::function<std::string(std::size_t item)>;
/// Prepares a worker: called once in each, before its first item.
using MakeWork = std::function<Work()>;

struct RunnerOptions {
  std::size_t jobs = 1;
  /// A worker that is silent for longer is killed, and its item lost.
  std::chrono::seconds patience{60};
};

/// Called in the parent, in the order in which things happen.
struct RunnerEvents {
  std::function<void(std::size_t item, std::string message)> done;
  /// The worker that had the item is gone: "killed by SIGSEGV", "exited with status 1", "no answer
  /// for 60 s".
  std::function<void(std::size_t item, const std::string& why)> lost;
};

enum class RunEnd : unsigned char {
  complete,
  interrupted,  // by SIGINT, SIGTERM or SIGHUP: items in flight were finished, the rest were not
                // begun
};

/// Does items 0 ... `items` - 1. Must be called while the process has one thread. Throws
/// std::system_error when no worker can be made.
RunEnd run_items(std::size_t items, const RunnerOptions& options, const MakeWork& make_work,
                 const RunnerEvents& events);

/// The number of CPUs that this process may use.
std::size_t usable_cpus();

}  // namespace natstep::harness
