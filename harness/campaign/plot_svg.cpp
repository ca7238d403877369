// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/campaign/plot_svg.h"

#include "harness/report/html.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

// Pixels of the drawing, which scales with the page.
constexpr double width = 520;
constexpr double height = 190;
constexpr double left = 46;
constexpr double right = 12;
constexpr double top = 12;
constexpr double bottom = 26;

/// More points than this cannot be told apart.
constexpr std::size_t most_points = 400;

struct Scale {
  double x_end = 1;
  double y_end = 1;

  [[nodiscard]] double x(double value) const {
    return left + value / x_end * (width - left - right);
  }
  [[nodiscard]] double y(double value) const {
    return height - bottom - value / y_end * (height - top - bottom);
  }
};

double highest(const std::vector<PlotPoint>& points, double PlotPoint::*member) {
  double most = 0;
  for (const auto& point : points)
    most = std::max(most, point.*member);
  return most;
}

/// Beside a line that is far above, the curve would lie on the axis: it is told in words then.
bool reference_fits(const Plot& plot) {
  constexpr double most_times = 8;
  return highest(plot.reference, &PlotPoint::y) <= most_times * highest(plot.points, &PlotPoint::y);
}

Scale scale_of(const Plot& plot) {
  const double x =
      std::max(highest(plot.points, &PlotPoint::x), highest(plot.reference, &PlotPoint::x));
  const double above = reference_fits(plot) ? highest(plot.reference, &PlotPoint::y) : 0;
  const double y = std::max(highest(plot.points, &PlotPoint::y), above);
  return {.x_end = x > 0 ? x : 1, .y_end = y > 0 ? round_up(y) : 1};
}

std::string path_of(const std::vector<PlotPoint>& points, const Scale& scale) {
  const std::size_t step = points.size() / most_points + 1;
  std::string path;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i % step != 0 && i + 1 != points.size()) continue;
    path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : " L", scale.x(points[i].x),
                        scale.y(points[i].y));
  }
  return path;
}

std::string axes(const Scale& scale) {
  std::string out;
  // Half of five findings is no number of findings.
  constexpr double too_few_to_halve = 5;
  for (const double part : {0.0, 0.5, 1.0}) {
    if (part == 0.5 && scale.y_end <= too_few_to_halve) continue;
    const double y = scale.y(part * scale.y_end);
    out += fmt::format(
        "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>"
        "<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>",
        left, width - right, y, y, left - 6, y + 4, short_number(part * scale.y_end));
  }
  const double y = height - 8;
  out += fmt::format("<text x=\"{}\" y=\"{}\">0</text>", left, y);
  return out + fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>", width - right,
                           y, duration_words(scale.x_end));
}

std::string curve(const Plot& plot, const Scale& scale) {
  if (plot.points.empty()) return {};
  const auto path = path_of(plot.points, scale);
  const double base = scale.y(0);
  return fmt::format(
      "<path class=\"area\" d=\"{0} L{1:.1f} {2:.1f} L{3:.1f} {2:.1f} Z\"/>"
      "<path class=\"curve\" d=\"{0}\"/>",
      path, scale.x(plot.points.back().x), base, scale.x(plot.points.front().x));
}

}  // namespace

std::string plot_svg(const Plot& plot) {
  const Scale scale = scale_of(plot);
  const double last = plot.points.empty() ? 0 : plot.points.back().y;
  std::string caption = fmt::format("{} <b>{}</b>", escaped_html(plot.title), short_number(last));
  std::string reference;
  if (!plot.reference.empty()) {
    const bool drawn = reference_fits(plot);
    if (drawn)
      reference =
          fmt::format("<path class=\"reference\" d=\"{}\"/>", path_of(plot.reference, scale));
    caption +=
        fmt::format(" <span class=\"{}\">{} {}</span>", drawn ? "dashed" : "aside",
                    escaped_html(plot.reference_title), short_number(plot.reference.back().y));
  }
  return fmt::format(
      "<figure><figcaption>{}</figcaption><svg viewBox=\"0 0 {} {}\" role=\"img\" "
      "aria-label=\"{}\">{}{}{}</svg></figure>\n",
      caption, width, height, escaped_html(plot.title), axes(scale), reference, curve(plot, scale));
}

double round_up(double value) {
  if (value <= 0) return 1;
  const double power = std::pow(10.0, std::floor(std::log10(value)));
  for (const double factor : {1.0, 2.0, 5.0, 10.0})
    if (value <= factor * power) return factor * power;
  return 10 * power;
}

std::string short_number(double value) {
  constexpr double thousand = 1e3, million = 1e6, billion = 1e9;
  const auto with = [&](double unit, const char* suffix) {
    auto text = fmt::format("{:.1f}", value / unit);
    if (text.ends_with(".0")) text.resize(text.size() - 2);
    return text + suffix;
  };
  if (value >= billion) return with(billion, "G");
  if (value >= million) return with(million, "M");
  if (value >= 10 * thousand) return with(thousand, "k");
  return with(1, "");
}

std::string duration_words(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds);
  constexpr std::uint64_t minute = 60, hour = 3600;
  if (whole < 2 * minute) return fmt::format("{} s", whole);
  if (whole < 2 * hour) return fmt::format("{} min", whole / minute);
  const auto minutes = whole % hour / minute;
  if (minutes == 0) return fmt::format("{} h", whole / hour);
  return fmt::format("{} h {} min", whole / hour, minutes);
}

}  // namespace natstep::harness
