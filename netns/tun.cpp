// SPDX-License-Identifier: GPL-2.0-or-later
#include "netns/tun.h"

#include "netns/error.h"
#include "netns/probe.h"

#include <cerrno>

#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace natstep::netns {
namespace {

int index_of(ifreq request) {
  const UniqueFd any_socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!any_socket || ::ioctl(any_socket.get(), SIOCGIFINDEX, &request) != 0)
    throw_failed("SIOCGIFINDEX", errno);
  return request.ifr_ifindex;
}

}  // namespace

TunPort::TunPort(const std::string& name, TunFrames frames) : fd_(open_tun()), frames_(frames) {
  if (name.empty() || name.size() >= IFNAMSIZ)
    throw_failed("a port's name has 1 to 15 characters: `" + name + "`");
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (frames == TunFrames::with_offload_header) request.ifr_flags |= IFF_VNET_HDR;
  if (::ioctl(fd_.get(), TUNSETIFF, &request) != 0) throw_failed("TUN port " + name, errno);
  // A port that outlives its descriptor goes with the namespace, which the kernel takes apart in
  // the background and for all devices at once. To close the last descriptor of any other port
  // waits for several RCU grace periods, some 16 ms.
  if (::ioctl(fd_.get(), TUNSETPERSIST, 1) != 0) throw_failed("TUN port " + name, errno);
  ifindex_ = index_of(request);
}

}  // namespace natstep::netns
