// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/ip_counters.h"

#include "netns/error.h"
#include "netns/unique_fd.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>

namespace natstep::netns {
namespace {

/// Empty when there is no such file, as where the kernel has no IPv6.
std::string read_whole(const char* path) {
  const UniqueFd file(::open(path, O_RDONLY | O_CLOEXEC));
  std::string text;
  if (!file) return text;
  std::array<char, 4096> piece{};
  for (;;) {
    const ssize_t size = ::read(file.get(), piece.data(), piece.size());
    if (size < 0) throw_failed(path, errno);
    if (size == 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(size));
  }
}

std::string_view take_until(std::string_view& text, std::string_view ends) {
  text.remove_prefix(std::min(text.find_first_not_of(ends), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(ends));
  text.remove_prefix(word.size());
  return word;
}

std::uint64_t to_number(std::string_view word) {
  std::uint64_t number = 0;
  std::from_chars(word.data(), word.data() + word.size(), number);
  return number;
}

/// Those that are not zero.
class Counters {
 public:
  void add(std::string_view protocol, std::string_view name, std::string_view value) {
    if (value != "0") counted_.push_back({.protocol = protocol, .name = name, .value = value});
  }
  [[nodiscard]] std::uint64_t of(std::string_view protocol, std::string_view name) const {
    for (const Counter& counter : counted_)
      if (counter.name == name && counter.protocol == protocol) return to_number(counter.value);
    return 0;
  }

 private:
  struct Counter {
    std::string_view protocol;
    std::string_view name;
    std::string_view value;
  };
  std::vector<Counter> counted_;
};

/// The file has two lines a protocol: "Ip: NAME NAME ..." and "Ip: VALUE VALUE ...".
Counters ipv4_counters(std::string_view text) {
  Counters counters;
  while (!text.empty()) {
    std::string_view names = take_until(text, "\n");
    std::string_view values = take_until(text, "\n");
    const std::string_view protocol = take_until(names, " ");
    take_until(values, " ");
    while (!names.empty() && !values.empty())
      counters.add(protocol, take_until(names, " "), take_until(values, " "));
  }
  return counters;
}

/// The file has a line a counter.
Counters ipv6_counters(std::string_view text) {
  Counters counters;
  while (!text.empty()) {
    const std::string_view name = take_until(text, " \t\n");
    counters.add({}, name, take_until(text, " \t\n"));
  }
  return counters;
}

/// "FRAG: inuse 0 memory 0": datagrams of which fragments wait.
bool fragments_wait() {
  const std::string text = read_whole("/proc/thread-self/net/sockstat");
  return text.find("FRAG: inuse 0 ") == std::string::npos;
}

/// An unreachable that answers no datagram may come from the routes, which count them by peer
/// (ip_error).
bool icmp_may_remember(const Counters& ipv4) {
  const auto icmp = [&](std::string_view name) { return ipv4.of("Icmp:", name); };
  const std::uint64_t harmless =
      icmp("OutEchoReps") + icmp("OutTimeExcds") + icmp("OutParmProbs") + icmp("OutDestUnreachs");
  return icmp("InMsgs") != icmp("InEchos") || icmp("OutMsgs") != harmless ||
         icmp("OutDestUnreachs") != ipv4.of("Udp:", "NoPorts");
}

bool icmpv6_may_remember(const Counters& ipv6) {
  const auto count = [&](std::string_view name) { return ipv6.of({}, name); };
  const std::uint64_t harmless = count("Icmp6OutEchoReplies") + count("Icmp6OutTimeExcds") +
                                 count("Icmp6OutParmProblems") + count("Icmp6OutDestUnreachs") +
                                 count("Icmp6OutPktTooBigs");
  return count("Icmp6InMsgs") != count("Icmp6InEchos") || count("Icmp6OutMsgs") != harmless;
}

/// Other protocols' messages, such as IGMP's, are for those who keep a state. The segments of both
/// families are counted as one.
bool others_were_delivered(const Counters& ipv4, const Counters& ipv6) {
  const std::uint64_t known = ipv4.of("Icmp:", "InMsgs") + ipv6.of({}, "Icmp6InMsgs") +
                              ipv4.of("Udp:", "NoPorts") + ipv6.of({}, "Udp6NoPorts") +
                              ipv4.of("Tcp:", "InSegs");
  return ipv4.of("Ip:", "InDelivers") + ipv6.of({}, "Ip6InDelivers") != known;
}

}  // namespace

bool may_remember() {
  const std::string ipv4_text = read_whole("/proc/thread-self/net/snmp");
  if (ipv4_text.empty()) throw_failed("/proc/thread-self/net/snmp cannot be read");
  const std::string ipv6_text = read_whole("/proc/thread-self/net/snmp6");
  const Counters ipv4 = ipv4_counters(ipv4_text);
  const Counters ipv6 = ipv6_counters(ipv6_text);
  return icmp_may_remember(ipv4) || icmpv6_may_remember(ipv6) ||
         others_were_delivered(ipv4, ipv6) || ipv6.of({}, "Ip6ReasmReqds") != 0 ||
         (ipv4.of("Ip:", "ReasmReqds") != 0 && fragments_wait());
}

}  // namespace natstep::netns
