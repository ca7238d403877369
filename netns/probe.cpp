// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/probe.h"

#include "netns/error.h"
#include "netns/netlink.h"

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace natstep::netns {
namespace {

bool proc_is_mounted() {
  return ::access("/proc/thread-self/ns/net", F_OK) == 0;
}

bool mount_proc() {
  if (::unshare(CLONE_NEWNS) != 0) return false;
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  ::mkdir("/proc", 0555);
  return ::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0;
}

/// A file system that is nowhere in the tree (fsopen(2)): a device node can be made on it and
/// nothing is left behind.
UniqueFd detached_tmpfs() {
  const UniqueFd context(::fsopen("tmpfs", FSOPEN_CLOEXEC));
  if (!context || ::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
    return {};
  return UniqueFd(::fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
}

UniqueFd open_own_tun_node() {
  constexpr unsigned misc_major = 10;  // Documentation/networking/tuntap.rst
  constexpr unsigned tun_minor = 200;
  const UniqueFd root = detached_tmpfs();
  if (!root) return {};
  if (::mknodat(root.get(), "tun", S_IFCHR | 0600, ::makedev(misc_major, tun_minor)) != 0)
    return {};
  return UniqueFd(::openat(root.get(), "tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
}

[[noreturn]] void throw_no_tun(int error) {
  const std::string what = "/dev/net/tun cannot be opened (" + errno_text(error) + ")";
  switch (error) {
    case EACCES:
    case EPERM:
      throw_missing(what, "run as root, or let this user read and write /dev/net/tun");
    case ENODEV:
    case ENXIO:
      throw_missing(what, "the kernel needs CONFIG_TUN: modprobe tun");
    default:
      throw_missing(what, "as root: modprobe tun; mkdir -p /dev/net; mknod /dev/net/tun c 10 200");
  }
}

struct Question {
  const char* who;
  const char* option;
  int subsystem;
  int message;
};

void require_answer(NetlinkSocket& socket, const Question& question) {
  Message message = nfnetlink_message(question.subsystem, question.message, 0, 0);
  const int error = socket.transact(message);
  if (error == EPERM)
    throw_missing(fmt::format("no permission to use {}", question.who), "run as root");
  // EINVAL means that nobody has registered for the subsystem (nfnetlink_rcv_msg); any other answer
  // comes from there.
  if (error != EINVAL) return;
  throw_missing(fmt::format("the kernel has no {}", question.who),
                fmt::format("it needs {}: modprobe {}", question.option, question.who));
}

}  // namespace

void require_proc() {
  if (proc_is_mounted() || mount_proc()) return;
  throw_missing("/proc is not mounted", "as root: mount -t proc proc /proc");
}

UniqueFd open_tun() {
  UniqueFd fd(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (fd) return fd;
  const int error = errno;
  if (error == ENOENT || error == ENOTDIR) fd = open_own_tun_node();
  if (!fd) throw_no_tun(error);
  return fd;
}

void require_netfilter() {
  NetlinkSocket socket(NETLINK_NETFILTER);
  require_answer(socket, {.who = "nf_conntrack_netlink",
                          .option = "CONFIG_NF_CT_NETLINK",
                          .subsystem = NFNL_SUBSYS_CTNETLINK,
                          .message = IPCTNL_MSG_CT_GET_STATS});
  require_answer(socket, {.who = "nf_tables",
                          .option = "CONFIG_NF_TABLES",
                          .subsystem = NFNL_SUBSYS_NFTABLES,
                          .message = NFT_MSG_GETGEN});
  require_answer(socket, {.who = "nfnetlink_log",
                          .option = "CONFIG_NETFILTER_NETLINK_LOG",
                          .subsystem = NFNL_SUBSYS_ULOG,
                          .message = NFULNL_MSG_CONFIG});
}

TcpSignatures tcp_signatures() {
  constexpr int md5_signature = 14;  // TCP_MD5SIG
  constexpr int ao_info = 40;        // TCP_AO_INFO, which older headers do not have
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!socket) return {};
  // Both are refused: what is not built in as an option that nobody knows, else for what is given.
  const auto is_known = [](int result) { return result == 0 || errno != ENOPROTOOPT; };
  int nothing = 0;
  socklen_t size = sizeof nothing;
  return {.md5 = is_known(::setsockopt(socket.get(), IPPROTO_TCP, md5_signature, &nothing, size)),
          .ao = is_known(::getsockopt(socket.get(), IPPROTO_TCP, ao_info, &nothing, &size))};
}

}  // namespace natstep::netns
