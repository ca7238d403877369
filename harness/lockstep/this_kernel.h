// SPDX-License-Identifier: GPL-2.0-or-later
// What a kernel's version does not tell of it.
#pragma once

#include "model/profile.h"

namespace natstep::harness {

/// A release's profile with the features that hang on how a kernel was configured, as the one that
/// is running here was. It is asked through sockets, which changes nothing.
model::Profile as_configured_here(model::Profile profile);

}  // namespace natstep::harness
