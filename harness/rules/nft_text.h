// SPDX-License-Identifier: GPL-2.0-or-later
// libnftables' JSON in the words of nft(8), for the walk and for what is not understood.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace natstep::harness {

/// An expression or a value: "ip saddr", "10.0.1.0/24", "{ 80, 443 }".
std::string nft_expression_text(const nlohmann::json& expression);
/// One statement: "udp dport 53", "dnat to 10.0.0.2:80", "limit rate 10/second".
std::string nft_statement_text(const nlohmann::json& statement);
/// All statements of a rule.
std::string nft_rule_text(const nlohmann::json& statements);

}  // namespace natstep::harness
