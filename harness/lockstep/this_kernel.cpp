// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/this_kernel.h"

#include "netns/probe.h"

namespace natstep::harness {

model::Profile as_configured_here(model::Profile profile) {
  const netns::TcpSignatures known = netns::tcp_signatures();
  profile.reset_reads_signatures = known.md5 || known.ao;
  profile.reset_reads_options = profile.reset_reads_options && profile.reset_reads_signatures;
  profile.reset_reads_short_options = profile.reset_reads_options && known.ao;
  return profile;
}

}  // namespace natstep::harness
