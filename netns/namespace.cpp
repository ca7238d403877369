// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/namespace.h"

#include "netns/error.h"

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/stat.h>

namespace natstep::netns {
namespace {

constexpr const char* current_path = "/proc/thread-self/ns/net";

ino_t current_inode() {
  struct stat status {};
  if (::stat(current_path, &status) != 0) throw_failed(current_path, errno);
  return status.st_ino;
}

void write_once(const char* path, const std::string& text) {
  const UniqueFd file(::open(path, O_WRONLY | O_CLOEXEC));
  const auto size = static_cast<ssize_t>(text.size());
  if (!file || ::write(file.get(), text.data(), text.size()) != size) throw_failed(path, errno);
}

/// user_namespaces(7): a group map may only be written after setgroups(2) was given up.
void become_root(uid_t user, gid_t group) {
  write_once("/proc/thread-self/setgroups", "deny");
  write_once("/proc/thread-self/uid_map", fmt::format("0 {} 1", user));
  write_once("/proc/thread-self/gid_map", fmt::format("0 {} 1", group));
}

void unshare_network() {
  if (::unshare(CLONE_NEWNET) == 0) return;
  if (errno != EPERM) {
    throw_missing(
        "no new network namespace (" + errno_text(errno) + ")",
        "the kernel needs CONFIG_NET_NS and room under /proc/sys/user/max_net_namespaces");
  }
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
    throw_missing("neither privilege for a network namespace nor a user namespace to have it in (" +
                      errno_text(errno) + ")",
                  "run as root, or allow unprivileged user namespaces");
  }
  become_root(user, group);
}

}  // namespace

Namespace Namespace::create() {
  const ino_t before = current_inode();
  unshare_network();
  const ino_t inode = current_inode();
  if (inode == before) throw_failed("unshare left us in the namespace we came from");
  UniqueFd fd(::open(current_path, O_RDONLY | O_CLOEXEC));
  if (!fd) throw_failed(current_path, errno);
  return {std::move(fd), inode};
}

void Namespace::enter() const {
  if (current_inode() == inode_) return;
  if (::setns(fd_.get(), CLONE_NEWNET) != 0) throw_failed("setns", errno);
}

void Namespace::require_inside() const {
  if (current_inode() != inode_)
    throw_failed("refusing to act: this is not the network namespace that natstep made");
}

}  // namespace natstep::netns
