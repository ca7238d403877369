// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/rules_nft.h"

#include "netns/child.h"
#include "netns/error.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <nftables/libnftables.h>
#include <nlohmann/json.hpp>

namespace natstep::netns {
namespace {

void erase_all(std::string& text, const std::string& what) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at))
    text.erase(at, what.size());
}

/// Is this one of `list ruleset`'s objects a table of that name, or a thing in it?
bool belongs_to(const nlohmann::ordered_json& object, std::string_view table) {
  for (const auto& [kind, body] : object.items()) {
    const auto name = body.find(kind == "table" ? "name" : "table");
    if (name != body.end() && *name == table) return true;
  }
  return false;
}

}  // namespace

int first_line_number(std::string_view message, std::string_view before) {
  int line = 0;
  const auto at = message.find(before);
  if (at != std::string_view::npos) {
    const auto digits = message.substr(at + before.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), line);
  }
  return line;
}

NftRules::NftRules() : context_(::nft_ctx_new(NFT_CTX_DEFAULT)) {
  if (context_ == nullptr) throw_failed("libnftables gives no context");
  ::nft_ctx_buffer_output(context_);
  ::nft_ctx_buffer_error(context_);
}

NftRules::~NftRules() {
  if (context_ != nullptr) ::nft_ctx_free(context_);
}

NftRules::NftRules(NftRules&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}

std::optional<RuleError> NftRules::run(const std::string& script) {
  const bool refused = ::nft_run_cmd_from_buffer(context_, script.c_str()) != 0;
  ::nft_ctx_get_output_buffer(context_);  // reading empties it
  const std::string message = ::nft_ctx_get_error_buffer(context_);
  if (!refused) return std::nullopt;
  return run_as_file(script);
}

/// libnftables gives line numbers only for files, so a script that was refused is given once more,
/// as one.
std::optional<RuleError> NftRules::run_as_file(const std::string& script) {
  const UniqueFd file = memory_file(script);
  const std::string path = fmt::format("/proc/self/fd/{}", file.get());
  if (::nft_run_cmd_from_filename(context_, path.c_str()) == 0) return std::nullopt;
  ::nft_ctx_get_output_buffer(context_);
  std::string message = ::nft_ctx_get_error_buffer(context_);
  const int line = first_line_number(message, path + ":");
  erase_all(message, path + ":");
  const auto words = message.find("Error: ");
  if (line != 0 && words != std::string::npos) message.erase(0, words);
  while (message.ends_with('\n'))
    message.pop_back();
  return RuleError{.message = message, .line = line};
}

std::string NftRules::list_json(std::string_view except) {
  ::nft_ctx_output_set_flags(context_, NFT_CTX_OUTPUT_JSON);
  const int error = ::nft_run_cmd_from_buffer(context_, "list ruleset");
  ::nft_ctx_output_set_flags(context_, 0);
  std::string listing = ::nft_ctx_get_output_buffer(context_);
  const std::string message = ::nft_ctx_get_error_buffer(context_);
  if (error != 0) throw_failed("nft list ruleset: " + message);
  if (listing.find(except) == std::string::npos) return listing;
  auto json = nlohmann::ordered_json::parse(listing);
  auto kept = nlohmann::ordered_json::array();
  for (auto& object : json["nftables"]) {
    if (!belongs_to(object, except)) kept.push_back(std::move(object));
  }
  json["nftables"] = std::move(kept);
  return json.dump();
}

}  // namespace natstep::netns
