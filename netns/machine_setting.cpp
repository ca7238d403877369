// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/machine_setting.h"

#include "netns/error.h"
#include "netns/sysctl.h"
#include "netns/unique_fd.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>

namespace natstep::netns {
namespace {

/// The first namespace of a machine that is our own; none of any other machine.
UniqueFd& first_namespace() {
  static UniqueFd fd;
  return fd;
}

UniqueFd open_current_namespace() {
  UniqueFd here(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!here) throw_failed("/proc/thread-self/ns/net", errno);
  return here;
}

void move_to(const UniqueFd& space) {
  if (::setns(space.get(), CLONE_NEWNET) != 0) throw_failed("setns", errno);
}

/// The calling thread in the first namespace, until it goes back.
class Visit {
 public:
  Visit() : home_(open_current_namespace()) { move_to(first_namespace()); }
  ~Visit() { ::setns(home_.get(), CLONE_NEWNET); }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

 private:
  UniqueFd home_;
};

}  // namespace

void take_machine_for_our_own() {
  first_namespace() = open_current_namespace();
}

bool is_of_the_machine(std::string_view key) {
  return key == "net.netfilter.nf_conntrack_max";
}

MachineSetting::MachineSetting(std::string_view key, std::string_view value) : key_(key) {
  if (!first_namespace())
    throw_missing(fmt::format("{} belongs to the whole machine", key),
                  "run it on a kernel of natstep's own (--kernel)");
  const Visit visit;
  before_ = read_sysctl(key).value_or("");
  refused_ = write_sysctl(key, value);
}

MachineSetting::~MachineSetting() {
  if (refused_ || before_.empty()) return;
  const Visit visit;
  write_sysctl(key_, before_);
}

}  // namespace natstep::netns
