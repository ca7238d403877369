// SPDX-License-Identifier: GPL-2.0-or-later
// Guesses what was meant by a word that is not known.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace natstep::harness {

/// The candidate nearest to `word` by edits (insert, delete, replace, swap of neighbours); empty
/// when none is near enough to be worth a guess.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

/// ", did you mean `NEAREST`?", or nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace natstep::harness
