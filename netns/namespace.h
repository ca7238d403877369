// SPDX-License-Identifier: GPL-2.0-or-later
// Network namespaces of our own. They have no name and no file: the last descriptor that dies takes
// them along.
#pragma once

#include "netns/unique_fd.h"

#include <sys/types.h>

namespace natstep::netns {

class Namespace {
 public:
  /// Moves the calling thread into a fresh network namespace; without the privilege for it, into a
  /// fresh user namespace as well, in which the caller is root. Throws EnvironmentError (missing)
  /// when the kernel refuses both.
  static Namespace create();

  /// Moves the calling thread here. The thread must be in a namespace that natstep made.
  void enter() const;
  /// Throws EnvironmentError unless the calling thread is here: everything that acts on "the
  /// current namespace" asks first, so that nothing can reach the machine's own network.
  void require_inside() const;

 private:
  Namespace(UniqueFd fd, ino_t inode) : fd_(std::move(fd)), inode_(inode) {}

  UniqueFd fd_;
  ino_t inode_ = 0;  // nsfs gives each living namespace its own
};

}  // namespace natstep::netns
