// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/undertaker.h"

#include <iterator>

namespace natstep::netns {
namespace {

constexpr std::size_t batch = 48;  // ports: more threads gain nothing, fewer wait longer a port

}  // namespace

Undertaker::~Undertaker() {
  close_waiting();
  join();
}

void Undertaker::take(std::vector<UniqueFd> ports) {
  waiting_.insert(waiting_.end(), std::make_move_iterator(ports.begin()),
                  std::make_move_iterator(ports.end()));
  if (waiting_.size() >= batch) close_waiting();
}

void Undertaker::close_waiting() {
  join();
  for (UniqueFd& port : waiting_) {
    closing_.emplace_back(
        [dying = std::move(port)]() mutable { const UniqueFd now = std::move(dying); });
  }
  waiting_.clear();
}

void Undertaker::join() {
  for (std::thread& thread : closing_)
    thread.join();
  closing_.clear();
}

}  // namespace natstep::netns
