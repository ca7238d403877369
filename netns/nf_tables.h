// SPDX-License-Identifier: GPL-2.0-or-later
// What natstep itself asks of nf_tables, in netlink messages: libnftables reads all rules of the
// namespace before it runs a command, which costs more than the command.
#pragma once

#include "netns/netlink.h"
#include "netns/netlink_batch.h"
#include "netns/tap_observer.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace natstep::netns {

class NfTables {
 public:
  /// Belongs to the current namespace.
  NfTables();

  /// Makes a tap chain of each place, of which there is one at least, in a table of its own. Its
  /// rule logs every packet with the place's index in decimal as prefix, and has nothing that needs
  /// conntrack, which a tap must not activate.
  void add_taps(TapFamily family, std::span<const TapPlace> places);
  void remove_taps(TapFamily family);
  bool has_taps(TapFamily family);

  /// Takes all tables away, as `nft flush ruleset` does.
  void flush();

 private:
  void begin();
  void put_limit(int type);
  std::size_t begin_request(int type, int flags, std::uint8_t family);
  std::size_t begin_table(int type, int flags, TapFamily family);
  void put_chain(TapFamily family, const std::string& name, const TapPlace& place);
  std::size_t begin_rule(TapFamily family, std::size_t index, int flags);
  void put_log(std::string_view prefix);
  void commit(std::size_t last_request, const char* what);

  NetlinkSocket socket_;
  NetlinkBatch batch_;
  std::uint32_t number_ = 0;  // of the batch's last message
};

}  // namespace natstep::netns
