// SPDX-License-Identifier: GPL-2.0-or-later
// What natstep on this side and natstep inside a guest say to each other over a serial line: frames
// of one line of header, "natstep KIND SIZE", and SIZE bytes, or "natstep KIND SIZE at PLACE" when
// these lie in a mailbox. What stands between frames is skipped.
#pragma once

#include "harness/fleet/mailbox.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::harness {

struct GuestFrame {
  std::string kind;  // "hello", "options", "scenario", "result", "command", "output", "read",
                     // "crash", "rearm", "rearmed", "cannot", "gone"
  std::string payload;
};

/// A serial line of user-mode Linux that was full once is deaf from then on (line_throttle; a line
/// discipline holds 4095 bytes). There the guest says "read" for every so many bytes that it has
/// read, and no more than that is on the way.
inline constexpr std::size_t guest_piece = 2048;

/// `mailbox` takes the payload when there is one and the payload is worth it.
std::string to_wire(const GuestFrame& frame, Mailbox* mailbox = nullptr);

/// What a frame's first line says.
struct FrameHeader {
  std::string kind;
  std::size_t size = 0;
  std::optional<std::size_t> place;  // in the mailbox; none: the payload is the next bytes
};

/// Puts frames together out of the pieces in which a serial line delivers them.
class FrameReader {
 public:
  explicit FrameReader(const Mailbox* mailbox = nullptr) : mailbox_(mailbox) {}

  void feed(std::string_view bytes) { buffer_ += bytes; }
  /// The next whole frame.
  std::optional<GuestFrame> next();

 private:
  [[nodiscard]] std::optional<std::string> letter(const FrameHeader& header) const;

  const Mailbox* mailbox_;
  std::string buffer_;
};

/// A file that travels with a frame; its path as the commands on either side name it.
struct GuestFile {
  std::string path;
  std::string content;
};

/// A scenario to run: what `ScenarioFile` says, and the file.
struct ScenarioRequest {
  std::string path;
  std::string area;
  std::vector<GuestFile> files;
};
std::string encode(const ScenarioRequest& request);
ScenarioRequest decode_scenario(const std::string& payload);

/// How scenarios are to be run: said once, before the first.
struct GuestOptions {
  std::string folder;   // the working directory
  std::string profile;  // by name; a release ("6.12.116") where that decides
  std::string broken;   // a clause; empty: none
  std::string out;      // where artefacts go; empty: none are written
  bool minimise = true;
  bool colour = false;
  bool other_profiles = false;
  int watch = 0;      // a Watch
  std::string asked;  // features of the model, parted by blanks
};
std::string encode(const GuestOptions& options);
GuestOptions decode_options(const std::string& payload);

/// What came of a scenario: an encoded Result, and the artefacts that were written.
struct ScenarioReply {
  std::string result;
  std::vector<GuestFile> files;
};
std::string encode(const ScenarioReply& reply);
ScenarioReply decode_reply(const std::string& payload);

/// A whole command to run inside: `natstep` with these words.
struct CommandRequest {
  std::string folder;
  std::vector<std::string> words;
  std::vector<GuestFile> files;
};
std::string encode(const CommandRequest& request);
CommandRequest decode_command(const std::string& payload);

struct CommandReply {
  int status = 0;
  std::string out;
  std::string errors;
  std::vector<GuestFile> files;  // those of the request that the command changed
};
std::string encode(const CommandReply& reply);
CommandReply decode_command_reply(const std::string& payload);

}  // namespace natstep::harness
