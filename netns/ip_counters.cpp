// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/ip_counters.h"

#include "netns/error.h"

#include <array>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

namespace natstep::netns {
namespace {

constexpr std::string_view own_doings[] = {"Ip:InDelivers", "Ip:ReasmReqds", "Icmp:OutMsgs",
                                           "Ip6InDelivers", "Ip6ReasmReqds", "Icmp6OutMsgs"};

bool is_own_doing(const std::string& counter) {
  for (const std::string_view name : own_doings) {
    if (counter == name) return true;
  }
  return false;
}

/// The file has two lines a protocol: "Ip: NAME NAME ..." and "Ip: VALUE VALUE ...".
bool any_own_doing(const std::string& names, const std::string& values) {
  std::istringstream name_words(names);
  std::istringstream value_words(values);
  std::string protocol;
  std::string name;
  std::string value;
  name_words >> protocol;
  value_words >> protocol;
  while (name_words >> name && value_words >> value) {
    if (value != "0" && is_own_doing(protocol + name)) return true;
  }
  return false;
}

/// The file of IPv6 has a line a counter; there is none where the kernel has no IPv6.
bool any_own_doing_in_ipv6() {
  std::ifstream file("/proc/thread-self/net/snmp6");
  std::string name;
  std::string value;
  while (file >> name >> value) {
    if (value != "0" && is_own_doing(name)) return true;
  }
  return false;
}

}  // namespace

bool only_forwarded() {
  std::ifstream file("/proc/thread-self/net/snmp");
  std::string names;
  std::string values;
  bool read_any = false;
  while (std::getline(file, names) && std::getline(file, values)) {
    read_any = true;
    if (any_own_doing(names, values)) return false;
  }
  if (!read_any) throw_failed("/proc/thread-self/net/snmp cannot be read");
  return !any_own_doing_in_ipv6();
}

}  // namespace natstep::netns
