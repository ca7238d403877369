// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/sysctl.h"

#include "netns/error.h"
#include "netns/unique_fd.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace natstep::netns {
namespace {

struct Setting {
  const char* key;
  const char* value;
  enum class Presence { required, optional } presence = Presence::required;
};

const std::string root = "/proc/sys/";

constexpr auto optional = Setting::Presence::optional;

/// Documentation/networking/ip-sysctl.rst and nf_conntrack-sysctl.rst. A port's setting is its own
/// or the maximum of its own and "all", so both "all" and "default" are written.
constexpr Setting ipv4_settings[] = {
    {"net.ipv4.ip_forward", "1"},
    {"net.ipv4.conf.all.rp_filter", "0"},
    {"net.ipv4.conf.default.rp_filter", "0"},
    {"net.ipv4.conf.all.send_redirects", "0"},
    {"net.ipv4.conf.default.send_redirects", "0"},
    {"net.ipv4.conf.all.accept_redirects", "0"},
    {"net.ipv4.conf.default.accept_redirects", "0"},
    {"net.ipv4.conf.all.accept_source_route", "0"},
    {"net.ipv4.conf.default.accept_source_route", "1"},  // both must be set: "all" decides
    {"net.ipv4.conf.all.accept_local", "0"},
    {"net.ipv4.conf.default.accept_local", "0"},
    {"net.ipv4.conf.all.route_localnet", "0"},
    {"net.ipv4.conf.default.route_localnet", "0"},
    {"net.ipv4.conf.all.log_martians", "0"},
    {"net.ipv4.conf.default.log_martians", "0"},
    {"net.ipv4.icmp_ratelimit", "0"},
    {"net.ipv4.icmp_ratemask", "0"},
    {"net.ipv4.icmp_msgs_per_sec", "1000000", optional},  // of each namespace since Linux 6.12 only
    {"net.ipv4.icmp_msgs_burst", "1000000", optional},
    {"net.ipv4.icmp_ignore_bogus_error_responses", "1"},
    {"net.ipv4.icmp_echo_ignore_all", "0"},
    {"net.ipv4.ip_default_ttl", "64"},
    {"net.netfilter.nf_conntrack_acct", "0"},
    {"net.netfilter.nf_conntrack_checksum", "1"},
    {"net.netfilter.nf_conntrack_events", "1", optional},  // CONFIG_NF_CONNTRACK_EVENTS
    {"net.netfilter.nf_conntrack_timestamp", "0", optional},
    {"net.netfilter.nf_conntrack_log_invalid", "0"},
    {"net.netfilter.nf_conntrack_helper", "0", optional},  // gone since Linux 6.0
};

constexpr Setting ipv6_off[] = {
    {"net.ipv6.conf.all.disable_ipv6", "1", optional},
    {"net.ipv6.conf.default.disable_ipv6", "1", optional},
};

constexpr Setting ipv6_settings[] = {
    {"net.ipv6.conf.all.disable_ipv6", "0"},
    {"net.ipv6.conf.default.disable_ipv6", "0"},
    {"net.ipv6.conf.default.addr_gen_mode", "1"},
    {"net.ipv6.conf.default.accept_ra", "0"},
    {"net.ipv6.conf.default.accept_dad", "0"},
    {"net.ipv6.conf.default.router_solicitations", "0"},
    {"net.ipv6.conf.all.accept_redirects", "0"},
    {"net.ipv6.conf.default.accept_redirects", "0"},
    {"net.ipv6.auto_flowlabels", "0"},
    {"net.ipv6.icmp.ratelimit", "0"},
    // Limits none but a type that nobody sends: a new namespace has no credit (icmp_global_allow).
    {"net.ipv6.icmp.ratemask", "255", optional},  // since Linux 5.2
};

constexpr Setting ipv6_forwarding[] = {{"net.ipv6.conf.all.forwarding", "1"}};

void append(std::vector<SysctlSpec>& list, std::span<const Setting> settings) {
  for (const Setting& setting : settings)
    list.push_back({.key = setting.key, .value = setting.value});
}

/// sysctl.d(5): dots separate, and a slash stands for a dot inside a component
/// ("net.ipv4.conf.eth0/100.forwarding").
std::string path_of(std::string_view key) {
  std::string path(key);
  for (char& c : path) {
    if (c == '.') {
      c = '/';
    } else if (c == '/') {
      c = '.';
    }
  }
  return path;
}

bool climbs(std::string_view path) {
  return path.find("/../") != std::string_view::npos || path.find("/./") != std::string_view::npos;
}

std::string explain(int error) {
  switch (error) {
    case ENOENT:
    case EISDIR:
      return "there is no such sysctl here";
    case EINVAL:
    case ERANGE:
      return "the kernel refuses this value (" + errno_text(error) + ")";
    case EACCES:
    case EPERM:
      return "it cannot be written in a network namespace (" + errno_text(error) + ")";
    default:
      return errno_text(error);
  }
}

/// `name` lies below the descriptor's folder.
std::optional<std::string> write_below(int folder, const std::string& name,
                                       std::string_view value) {
  const UniqueFd file(::openat(folder, name.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) return explain(errno);
  if (::write(file.get(), value.data(), value.size()) < 0) return explain(errno);
  return std::nullopt;
}

/// The folders of the current namespace's sysctls, each opened once: to walk to a sysctl takes
/// longer than to write it, the more so as the kernel keeps those of all namespaces in one place.
class Folders {
 public:
  std::optional<std::string> write(std::string_view key, std::string_view value) {
    const std::string path = root + path_of(key);
    const auto name = path.rfind('/') + 1;
    return write_below(descriptor_of(path.substr(0, name)), path.substr(name), value);
  }

 private:
  int descriptor_of(const std::string& folder) {
    const auto known = std::ranges::find(folders_, folder, &Folder::path);
    if (known != folders_.end()) return known->descriptor.get();
    UniqueFd opened(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    return folders_.emplace_back(Folder{.path = folder, .descriptor = std::move(opened)})
        .descriptor.get();
  }

  struct Folder {
    std::string path;
    UniqueFd descriptor;  // none when there is no such folder
  };
  std::vector<Folder> folders_;
};

void write_all(std::span<const Setting> settings) {
  Folders folders;
  for (const Setting& setting : settings) {
    const auto refused = folders.write(setting.key, setting.value);
    if (refused && setting.presence == Setting::Presence::required) {
      throw_failed(fmt::format("sysctl {}={}: {}", setting.key, setting.value, *refused));
    }
  }
}

}  // namespace

std::optional<std::string> write_sysctl(std::string_view key, std::string_view value) {
  const std::string path = path_of(key);
  if (!path.starts_with("net/") || climbs(path)) {
    return "only the sysctls under `net.` belong to a namespace, this one is the machine's";
  }
  return write_below(AT_FDCWD, root + path, value);
}

std::optional<std::string> read_sysctl(std::string_view key) {
  const UniqueFd file(::open((root + path_of(key)).c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 64> value{};
  const ssize_t size = file ? ::read(file.get(), value.data(), value.size()) : -1;
  if (size <= 0) return std::nullopt;
  std::string text(value.data(), static_cast<std::size_t>(size));
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

/// Of the fragments that conntrack holds back, some would come under the old limits and some under
/// the new.
bool can_be_undone(std::string_view key) {
  constexpr std::string_view conntrack = "net.netfilter.nf_conntrack_";
  return key.starts_with(conntrack) && !key.substr(conntrack.size()).starts_with("frag6_");
}

void write_default_sysctls(Families families) {
  write_all(ipv4_settings);
  if (families == Families::ipv4) {
    write_all(ipv6_off);
  } else {
    write_all(ipv6_settings);
  }
}

DefaultSysctls default_sysctls(Families families) {
  DefaultSysctls all;
  append(all.before_ports, ipv4_settings);
  if (families == Families::ipv4) {
    append(all.before_ports, ipv6_off);
  } else {
    append(all.before_ports, ipv6_settings);
    append(all.behind_ports, ipv6_forwarding);
  }
  return all;
}

void forward_ipv6() {
  write_all(ipv6_forwarding);
}

}  // namespace natstep::netns
