// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/progress.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace natstep::harness {
namespace {

using Clock = std::chrono::steady_clock;

/// Often enough to look alive, seldom enough to cost nothing.
constexpr auto between_drawings = std::chrono::milliseconds(50);
constexpr std::size_t bar_width = 30;

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace

std::string bar(std::size_t done, std::size_t total, std::size_t width) {
  const std::size_t filled = total == 0 ? width : std::min(done, total) * width / total;
  return fmt::format("[{:#<{}}{:-<{}}]", "", filled, "", width - filled);
}

Progress::Progress(std::string title, std::size_t total)
    : title_(std::move(title)), total_(total), on_terminal_(::isatty(STDERR_FILENO) == 1) {
  if (on_terminal_) draw();
}

Progress::~Progress() {
  clear();
}

void Progress::advance(std::string_view remark) {
  ++done_;
  if (!on_terminal_) return;
  if (!remark.empty()) remark_ = remark;
  if (Clock::now() - drawn_at_ >= between_drawings) draw();
}

void Progress::draw() {
  const std::string line =
      fmt::format("{} {} {}/{}  {}", title_, bar(done_, total_, bar_width), done_, total_, remark_);
  // One column stays free: a terminal wraps when the last is written.
  fmt::print(stderr, "\r{}\x1b[K", std::string_view(line).substr(0, terminal_width() - 1));
  std::fflush(stderr);
  drawn_ = true;
  drawn_at_ = Clock::now();
}

void Progress::clear() {
  if (!std::exchange(drawn_, false)) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
}

}  // namespace natstep::harness
