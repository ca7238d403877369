// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/rfc/requirement.h"

namespace natstep::harness {

std::string_view to_string(Level level) {
  switch (level) {
    case Level::must:
      return "MUST";
    case Level::should:
      return "SHOULD";
    case Level::may:
      return "MAY";
  }
  return "";
}

std::string_view to_string(Treatment treatment) {
  switch (treatment) {
    case Treatment::tested:
      return "tested";
    case Treatment::too_trivial:
      return "too trivial";
    case Treatment::not_observable:
      return "not observable";
    case Treatment::does_not_apply:
      return "does not apply";
  }
  return "";
}

const std::vector<Rfc>& rfcs() {
  static const std::vector<Rfc> all{rfc4787(), rfc5382(), rfc5508(), rfc7857(),
                                    rfc6888(), rfc5597(), rfc3022()};
  return all;
}

const std::vector<OtherRfc>& other_rfcs() {
  static const std::vector<OtherRfc> all{
      {.number = 6146,
       .title = "Stateful NAT64",
       .why = "the kernel's NAT never changes the version of a packet"},
      {.number = 6296,
       .title = "IPv6-to-IPv6 Network Prefix Translation",
       .why = "experimental; a stateless, checksum-neutral mapping, which nf_nat does not make "
              "(corpus/nat66 shows what it does instead)"},
      {.number = 7915,
       .title = "IP/ICMP Translation Algorithm",
       .why = "the kernel's NAT never changes the version of a packet"},
  };
  return all;
}

}  // namespace natstep::harness
