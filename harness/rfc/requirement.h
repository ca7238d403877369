// SPDX-License-Identifier: GPL-2.0-or-later
// What an RFC asks of a NAT, requirement by requirement, and how natstep treats each: one file an
// RFC, rfcNNNN.cpp.
//
// The sentences are natstep's own and shorter than the RFC's; who needs the exact wording follows
// the number.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace natstep::harness {

/// RFC 2119. What is only recommended is a SHOULD.
enum class Level : std::uint8_t { must, should, may };
std::string_view to_string(Level level);

/// Whether scenarios can tell if a requirement is kept.
enum class Treatment : std::uint8_t {
  tested,
  too_trivial,     // a permission, or what no NAT could fail
  not_observable,  // no packet and no entry shows it
  does_not_apply,  // asks for what one box's packet filter does not do
};
std::string_view to_string(Treatment treatment);

struct Requirement {
  std::string_view id;  // "REQ-5a", or of an RFC without such numbers "section 2.1"
  Level level = Level::must;
  std::string_view asks;  // one sentence
  Treatment treatment = Treatment::tested;
  /// Why it is not tested; of what is tested a remark, or nothing.
  std::string_view why{};
  /// The kernel as it comes. By the names of their files, which are unique in the corpus.
  std::vector<std::string_view> scenarios{};
  /// Clauses that break the requirement: one of them at work in a scenario is a deviation, as is a
  /// `should` line that fails.
  std::vector<std::string_view> broken_by{};
  /// The rule or setting that makes it conform, and the scenarios that show that it does.
  std::string_view rule{};
  std::vector<std::string_view> configured{};
};

struct Rfc {
  unsigned number = 0;
  std::string_view title;
  std::vector<Requirement> requirements;
};

/// Every RFC that was read, in the order in which they are printed.
const std::vector<Rfc>& rfcs();

/// An RFC of the same field that was not read, and why.
struct OtherRfc {
  unsigned number = 0;
  std::string_view title;
  std::string_view why;
};
const std::vector<OtherRfc>& other_rfcs();

Rfc rfc3022();
Rfc rfc4787();
Rfc rfc5382();
Rfc rfc5508();
Rfc rfc5597();
Rfc rfc6888();
Rfc rfc7857();

}  // namespace natstep::harness
