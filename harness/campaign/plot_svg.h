// SPDX-License-Identifier: GPL-2.0-or-later
// A curve over time as SVG that takes its colours from the page around it.
#pragma once

#include <string>
#include <vector>

namespace natstep::harness {

struct PlotPoint {
  double x = 0;  // seconds
  double y = 0;
};

struct Plot {
  std::string title;
  std::vector<PlotPoint> points;
  /// A line to compare with, "bare loop"; drawn dashed when there are points.
  std::string reference_title = {};
  std::vector<PlotPoint> reference = {};
};

/// The axis begins at zero, and ends at a round number above the highest value.
std::string plot_svg(const Plot& plot);

/// 1, 2 or 5 times a power of ten, not below `value`.
double round_up(double value);
/// "0", "950", "12.5k", "3.2M".
std::string short_number(double value);
/// "45 s", "12 min", "3 h 20 min".
std::string duration_words(double seconds);

}  // namespace natstep::harness
