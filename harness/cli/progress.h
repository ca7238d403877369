// SPDX-License-Identifier: GPL-2.0-or-later
// One line on a terminal that says how far a run has come. On anything but a terminal it is silent.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace natstep::harness {

class Progress {
 public:
  /// Draws on stderr when that is a terminal, so that stdout stays clean for the result.
  Progress(std::string title, std::size_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// One more is done; `remark` is shown behind the bar until the next remark replaces it.
  void advance(std::string_view remark = {});
  /// Takes the line away.
  void clear();

 private:
  void draw();

  std::string title_;
  std::string remark_;
  std::size_t total_;
  std::size_t done_ = 0;
  bool on_terminal_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point drawn_at_;
};

/// "[######----]" `width` characters wide between the brackets.
std::string bar(std::size_t done, std::size_t total, std::size_t width);

}  // namespace natstep::harness
