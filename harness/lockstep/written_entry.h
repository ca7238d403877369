// SPDX-License-Identifier: GPL-2.0-or-later
// The entries that user space writes, in the words of the kernel side and of the model.
#pragma once

#include "harness/scenario/scenario.h"
#include "model/event.h"
#include "netns/event.h"

namespace natstep::harness {

/// `original` and `reply` are the event's tuples; of an update, and without a reply in the script,
/// `reply` is the inverse of the original.
netns::Event to_netns(const WriteEntryEvent& written, const netns::CtTuple& original,
                      const netns::CtTuple& reply);

model::EntryCreated to_model(const netns::EntryCreation& creation);
model::EntryUpdated to_model(const netns::EntryUpdate& update);

}  // namespace natstep::harness
