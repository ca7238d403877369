// SPDX-License-Identifier: GPL-2.0-or-later
// Closes TUN ports in the background. Closing one waits for several RCU grace periods (some 16 ms),
// but those of many ports pass at the same time when each has a thread.
#pragma once

#include "netns/unique_fd.h"

#include <cstddef>
#include <thread>
#include <vector>

namespace natstep::netns {

class Undertaker {
 public:
  Undertaker() = default;
  /// Closes what is left and waits until all is closed.
  ~Undertaker();
  Undertaker(const Undertaker&) = delete;
  Undertaker& operator=(const Undertaker&) = delete;

  void take(std::vector<UniqueFd> ports);

 private:
  void close_waiting();
  void join();

  std::vector<UniqueFd> waiting_;
  std::vector<std::thread> closing_;
};

}  // namespace natstep::netns
