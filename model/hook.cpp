// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/hook.h"

namespace natstep::model {

std::string_view to_string(Hook hook) {
  switch (hook) {
    case Hook::pre_routing:
      return "pre_routing";
    case Hook::local_in:
      return "local_in";
    case Hook::forward:
      return "forward";
    case Hook::local_out:
      return "local_out";
    case Hook::post_routing:
      return "post_routing";
  }
  return "unknown hook";
}

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::accept:
      return "accept";
    case Verdict::drop:
      return "drop";
    case Verdict::stolen:
      return "stolen";
    case Verdict::queue:
      return "queue";
    case Verdict::repeat:
      return "repeat";
  }
  return "unknown verdict";
}

}  // namespace natstep::model
