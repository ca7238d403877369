// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/nf_tables.h"

#include "netns/error.h"
#include "netns/tap_observer.h"

#include <cerrno>
#include <string>

#include <fmt/format.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>

namespace natstep::netns {
namespace {

std::uint8_t number_of(TapFamily family) {
  return family == TapFamily::inet ? NFPROTO_INET : NFPROTO_IPV4;
}

std::string chain_name(std::size_t index) {
  return fmt::format("c{}", index);
}

}  // namespace

NfTables::NfTables() : socket_(NETLINK_NETFILTER) {}

std::size_t NfTables::begin_request(int type, int flags, std::uint8_t family) {
  return batch_.begin_message({.subsystem = NFNL_SUBSYS_NFTABLES,
                               .type = type,
                               .flags = flags,
                               .family = family,
                               .number = ++number_});
}

void NfTables::begin() {
  batch_.clear();
  number_ = 0;
  put_limit(NFNL_MSG_BATCH_BEGIN);
}

void NfTables::put_limit(int type) {
  batch_.end_message(batch_.begin_message(
      {.type = type, .family = AF_UNSPEC, .resource = NFNL_SUBSYS_NFTABLES, .number = ++number_}));
}

/// The last request asks for an answer, which the kernel gives when it has carried out the whole
/// batch (nfnetlink_rcv_batch); one that it refuses is answered unasked.
void NfTables::commit(std::size_t last_request, const char* what) {
  batch_.end_message(last_request);
  const std::uint32_t awaited = number_;
  put_limit(NFNL_MSG_BATCH_END);
  socket_.send(batch_.bytes());
  int error = 0;
  socket_.receive_until([&](nlmsghdr& answer) {
    if (answer.nlmsg_type == NLMSG_ERROR && error == 0) error = error_of(answer);
    return error != 0 || answer.nlmsg_seq == awaited;
  });
  if (error != 0) throw_failed(what, error);
}

void NfTables::put_log(std::string_view prefix) {
  const std::size_t expressions = batch_.begin_nest(NFTA_RULE_EXPRESSIONS);
  const std::size_t expression = batch_.begin_nest(NFTA_LIST_ELEM);
  batch_.put_string(NFTA_EXPR_NAME, "log");
  const std::size_t data = batch_.begin_nest(NFTA_EXPR_DATA);
  batch_.put_be16(NFTA_LOG_GROUP, tap_log_group);
  batch_.put_string(NFTA_LOG_PREFIX, prefix);
  batch_.end_nest(data);
  batch_.end_nest(expression);
  batch_.end_nest(expressions);
}

void NfTables::put_chain(TapFamily family, const std::string& name, const TapPlace& place) {
  const std::size_t chain = begin_request(NFT_MSG_NEWCHAIN, NLM_F_CREATE, number_of(family));
  batch_.put_string(NFTA_CHAIN_TABLE, tap_table);
  batch_.put_string(NFTA_CHAIN_NAME, name);
  batch_.put_string(NFTA_CHAIN_TYPE, "filter");
  const std::size_t hook = batch_.begin_nest(NFTA_CHAIN_HOOK);
  batch_.put_be32(NFTA_HOOK_HOOKNUM, static_cast<std::uint32_t>(place.hook));
  batch_.put_be32(NFTA_HOOK_PRIORITY, static_cast<std::uint32_t>(place.priority));
  batch_.end_nest(hook);
  batch_.end_message(chain);
}

std::size_t NfTables::begin_rule(TapFamily family, std::size_t index, int flags) {
  const std::size_t rule =
      begin_request(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND | flags, number_of(family));
  batch_.put_string(NFTA_RULE_TABLE, tap_table);
  batch_.put_string(NFTA_RULE_CHAIN, chain_name(index));
  put_log(fmt::to_string(index));
  return rule;
}

std::size_t NfTables::begin_table(int type, int flags, TapFamily family) {
  const std::size_t table = begin_request(type, flags, number_of(family));
  batch_.put_string(NFTA_TABLE_NAME, tap_table);
  return table;
}

void NfTables::add_taps(TapFamily family, std::span<const TapPlace> places) {
  begin();
  std::size_t last = begin_table(NFT_MSG_NEWTABLE, NLM_F_CREATE, family);
  for (std::size_t i = 0; i < places.size(); ++i) {
    batch_.end_message(last);
    put_chain(family, chain_name(i), places[i]);
    last = begin_rule(family, i, i + 1 == places.size() ? NLM_F_ACK : 0);
  }
  commit(last, "the taps' rules were refused");
}

void NfTables::remove_taps(TapFamily family) {
  begin();
  commit(begin_table(NFT_MSG_DELTABLE, NLM_F_ACK, family), "the taps' table");
}

bool NfTables::has_taps(TapFamily family) {
  Message question =
      nfnetlink_message(NFNL_SUBSYS_NFTABLES, NFT_MSG_GETTABLE, 0, number_of(family));
  ::nla_put_string(question.get(), NFTA_TABLE_NAME, tap_table.data());
  const int error = socket_.transact(question);
  if (error != 0 && error != ENOENT) throw_failed("asking for the taps' table", error);
  return error == 0;
}

/// A deletion that names no table is of all (nf_tables_deltable).
void NfTables::flush() {
  begin();
  commit(begin_request(NFT_MSG_DELTABLE, NLM_F_ACK, AF_UNSPEC), "flush ruleset");
}

}  // namespace natstep::netns
