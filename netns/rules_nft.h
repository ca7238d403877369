// SPDX-License-Identifier: GPL-2.0-or-later
// nft rules of one namespace, through libnftables in process.
#pragma once

#include "netns/dut.h"

#include <optional>
#include <string>

struct nft_ctx;

namespace natstep::netns {

class NftRules {
 public:
  /// Belongs to the current namespace: libnftables opens its socket here and keeps it.
  NftRules();
  ~NftRules();
  NftRules(NftRules&& other) noexcept;
  NftRules& operator=(NftRules&&) = delete;

  /// Runs a script as one transaction. On refusal nothing has changed, and the error carries
  /// libnftables' own words. Must be called in the namespace of the constructor, whose interfaces
  /// the script may name.
  std::optional<RuleError> run(const std::string& script);

  /// The JSON of `list ruleset` without the tables called `except`.
  std::string list_json(std::string_view except);

 private:
  std::optional<RuleError> run_as_file(const std::string& script);

  nft_ctx* context_ = nullptr;
};

/// The line that libnftables' or an iptables tool's words name; 0 when they name none.
int first_line_number(std::string_view message, std::string_view before);

}  // namespace natstep::netns
