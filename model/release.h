// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel versions, and the sets of them in which something holds. Only the table of features
// (model/feature.def) speaks of versions; everybody else asks a profile for a feature.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <string>
#include <string_view>

namespace natstep::model {

/// "6.12.117".
struct Release {
  unsigned major = 0;
  unsigned minor = 0;
  unsigned patch = 0;

  friend constexpr auto operator<=>(const Release&, const Release&) = default;
};

/// What uname says ("6.12.117+deb12-amd64"); numbers that are not there are zero.
Release parse_release(std::string_view text);
/// "6.18", or "6.12.117" where the patch matters.
std::string to_string(const Release& release);

/// From `first` on, up to but without `end`.
struct ReleaseRange {
  Release first;
  Release end;

  [[nodiscard]] constexpr bool holds(const Release& release) const {
    return first <= release && release < end;
  }
};

/// One range, or several where stable series got something that later series had from their
/// beginning.
class Versions {
 public:
  static constexpr Release first_of_all{};
  static constexpr Release none_yet{.major = 999};

  static constexpr std::size_t most_ranges = 6;

  constexpr explicit Versions(ReleaseRange only) : ranges_{only} {}

  [[nodiscard]] constexpr bool hold_in(const Release& release) const {
    for (const ReleaseRange& range : ranges_)
      if (range.holds(release)) return true;
    return false;
  }
  [[nodiscard]] constexpr const std::array<ReleaseRange, most_ranges>& ranges() const {
    return ranges_;
  }

  friend constexpr Versions operator|(Versions earlier, Versions later) {
    earlier.ranges_[earlier.count_++] = later.ranges_[0];
    return earlier;
  }

 private:
  std::array<ReleaseRange, most_ranges> ranges_;  // those that are not used hold nothing
  std::size_t count_ = 1;
};

constexpr Versions since(unsigned major, unsigned minor, unsigned patch = 0) {
  return Versions({.first = {major, minor, patch}, .end = Versions::none_yet});
}
constexpr Versions before(unsigned major, unsigned minor, unsigned patch = 0) {
  return Versions({.first = Versions::first_of_all, .end = {major, minor, patch}});
}
/// A stable series: from its release `patch` on, as long as it lives.
constexpr Versions in_series(unsigned major, unsigned minor, unsigned patch) {
  return Versions({.first = {major, minor, patch}, .end = {major, minor + 1, 0}});
}

/// A stable series: from its release `patch` up to but without its release `end`.
constexpr Versions in_part_of_series(unsigned major, unsigned minor, unsigned patch, unsigned end) {
  return Versions({.first = {major, minor, patch}, .end = {major, minor, end}});
}

/// What no version tells, since it hangs on how a kernel was configured.
constexpr Versions by_configuration() {
  return Versions({.first = Versions::none_yet, .end = Versions::none_yet});
}

/// "since 6.12.117 within 6.12, and since 7.3"; "until 7.1".
std::string to_string(const Versions& versions);

}  // namespace natstep::model
