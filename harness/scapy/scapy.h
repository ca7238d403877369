// SPDX-License-Identifier: GPL-2.0-or-later
// Scapy, for packets written as Scapy expressions and as a second witness of what a valid packet
// is.
//
// natstep itself does not link Python. A plug-in (natstep_scapy.so, from scapy_plugin.cpp) embeds
// Debian's interpreter and is loaded when a scenario first needs it; where it is absent, only those
// scenarios are skipped.
#pragma once

#include "harness/scenario/scenario.h"
#include "harness/scenario/scenario_text.h"
#include "model/wire/bytes.h"

#include <optional>
#include <string>

#include <tl/expected.hpp>

namespace natstep::harness {

class Scapy {
 public:
  virtual ~Scapy() = default;
  /// The bytes of the packet that the expression builds; else Python's own message.
  virtual tl::expected<wire::Bytes, std::string> evaluate(const std::string& expression) = 0;
  /// Takes an IPv4 packet apart, forgets the checksums of the outer headers, and builds it again.
  virtual tl::expected<wire::Bytes, std::string> rebuild(wire::ByteView packet) = 0;
};

/// The interpreter of this process, made on first use. The error says what is missing and lasts.
tl::expected<Scapy*, std::string> scapy();

/// Turns the Scapy expressions of the scenario into bytes. What is returned is wrong with an
/// expression. Throws netns::EnvironmentError (missing) where there are expressions and no Scapy.
std::optional<Diagnostic> evaluate_scapy(Scenario& scenario);

/// True when some packet of the scenario is still an expression.
bool needs_scapy(const Scenario& scenario);

/// What the plug-in exports under `natstep_scapy_open`: makes the interpreter, or fills `error` and
/// gives nothing. The object lives as long as the process.
using OpenScapy = Scapy* (*)(std::string& error);

}  // namespace natstep::harness
