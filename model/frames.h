// SPDX-License-Identifier: GPL-2.0-or-later
// Frames that leave the box, in a list that recycles its memory: a step of a long run need not
// allocate.
#pragma once

#include "model/topology.h"
#include "model/wire/bytes.h"

#include <utility>
#include <vector>

namespace natstep::model {

struct Frame {
  PortId port = no_port;
  wire::Bytes bytes;
};

/// A vector of frames. What `clear` takes away is kept, and handed out again by `spare`.
class FrameList {
 public:
  [[nodiscard]] auto begin() const { return frames_.begin(); }
  [[nodiscard]] auto end() const { return frames_.end(); }
  [[nodiscard]] std::size_t size() const { return frames_.size(); }
  [[nodiscard]] bool empty() const { return frames_.empty(); }
  [[nodiscard]] const Frame& operator[](std::size_t i) const { return frames_[i]; }
  [[nodiscard]] const Frame& at(std::size_t i) const { return frames_.at(i); }
  [[nodiscard]] const Frame& front() const { return frames_.front(); }
  [[nodiscard]] const Frame& back() const { return frames_.back(); }

  void push_back(Frame frame) { frames_.push_back(std::move(frame)); }

  void clear() {
    for (Frame& frame : frames_)
      recycle(std::move(frame.bytes));
    frames_.clear();
  }

  /// A buffer to write a packet into. Its content is whatever was last in it.
  wire::Bytes spare() {
    if (spares_.empty()) return {};
    wire::Bytes bytes = std::move(spares_.back());
    spares_.pop_back();
    return bytes;
  }
  /// Takes back a buffer that is no longer needed.
  void recycle(wire::Bytes&& bytes) {
    if (bytes.capacity() != 0) spares_.push_back(std::move(bytes));
  }

 private:
  std::vector<Frame> frames_;
  std::vector<wire::Bytes> spares_;
};

}  // namespace natstep::model
