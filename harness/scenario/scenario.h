// SPDX-License-Identifier: GPL-2.0-or-later
// A scenario as a value: the box, its rules, and a conversation with it. Text and value convert
// both ways (scenario_text.h).
//
// A `comment` member is what stood above the line, or behind it, without '#'; its lines are parted
// by newlines.
#pragma once

#include "model/event.h"
#include "model/topology.h"
#include "model/wire/bytes.h"
#include "model/wire/text.h"
#include "netns/dut.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace natstep::harness {

/// 1-based place in a file; column 0 when only the line is known.
struct SourcePos {
  int line = 0;
  int column = 0;
};

struct SysctlLine {
  std::string key{};  // dotted
  std::string value{};
  SourcePos pos{};
  std::string comment{};
};

struct RulesBlock {
  netns::RuleTool tool{};
  std::string
      text{};       // between the braces, newlines kept: the tool's line numbers map to the file's
  SourcePos pos{};  // of the first character of `text`
  std::string comment{};
};

/// A packet as the scenario gives it: notation, Scapy expression, or hex.
struct PacketSource {
  enum class Kind : std::uint8_t { notation, scapy, hex } kind = Kind::notation;
  wire::PacketText notation{};  // Kind::notation: may contain $variables
  std::string expression{};     // Kind::scapy
  wire::Bytes bytes{};          // Kind::hex; also Kind::scapy once evaluated
  SourcePos pos{};
};

enum class Change : std::uint8_t { add, del };

/// `address add PORT PREFIX`, `address del PORT PREFIX`.
struct AddressEvent {
  Change change{};
  std::string port{};
  wire::Prefix prefix{};
};

/// `link PORT down`, `link PORT up`.
struct LinkEvent {
  std::string port{};
  model::LinkState state{};
};

/// `route add ROUTE`, `route del ROUTE`.
struct RouteEvent {
  Change change{};
  model::Route route{};
};

/// `ct PROTO SRC > DST reply SRC > DST [words]` or `no ct PROTO SRC > DST`.
struct CtPin {
  bool absent = false;
  wire::PacketText original{};  // tuple notation: protocol and endpoints only
  std::optional<wire::PacketText> reply{};
  std::vector<std::string> words{};  // assured, dst-nat, state names, "timeout 30", "mark 7", ...
  SourcePos pos{};
  std::string comment{};
};

/// `ct delete TUPLE`: user space deletes the entry that has the tuple in either direction.
struct DeleteEntryEvent {
  wire::PacketText tuple{};  // tuple notation
};

/// `snat 203.0.113.7:4000`, `dnat 10.0.2.2`: the mapping that user space gives with an entry.
struct WrittenMapping {
  wire::Address address{};
  std::optional<std::uint16_t> port{};
};

/// `ct create TUPLE [reply TUPLE] timeout N [WORDS]`, `ct update TUPLE WORDS`: user space makes an
/// entry, or writes into one.
struct WriteEntryEvent {
  enum class Kind : std::uint8_t { create, update } kind{};
  CtPin entry{};  // the words are written_words and numbers of scenario_parse_entries.cpp
  std::optional<WrittenMapping> source{};
  std::optional<WrittenMapping> destination{};
};

/// `ct flush`: user space deletes every entry.
struct FlushEntriesEvent {};

/// `release N accept`, `release N accept as PACKET`, `release N drop`: user space's verdict on the
/// packet that has waited longest in queue N.
struct ReleaseEvent {
  std::uint16_t queue = 0;
  model::ReleaseVerdict verdict{};
  std::optional<PacketSource> packet{};  // what goes on in its place
};

/// What happens to the box in the middle of a conversation, other than a packet.
using Event = std::variant<RulesBlock, SysctlLine, AddressEvent, LinkEvent, RouteEvent,
                           DeleteEntryEvent, FlushEntriesEvent, WriteEntryEvent, ReleaseEvent>;

/// `in PORT PACKET`, `send PACKET`, or an event.
struct StimulusLine {
  enum class Kind : std::uint8_t { in, send, event } kind = Kind::in;
  std::string port{};            // Kind::in
  PacketSource packet{};         // Kind::in, Kind::send
  std::optional<Event> event{};  // Kind::event
  SourcePos pos{};
  bool offload = false;  // Kind::in, `in PORT offload PACKET`: its checksum is left to a device
  std::uint16_t segment = 0;  // `offload segments of N`: so is to cut it, N bytes of payload each
  std::uint32_t wait = 0;     // seconds that pass before it: `wait 3` on a line above
};

/// `out PORT PACKET [where CONDITION]`: this frame leaves. Fields that are not mentioned are not
/// pinned (but still compared between model and kernel).
struct OutPin {
  std::string port{};
  PacketSource packet{};
  std::vector<wire::Condition> where{};
  SourcePos pos{};
  std::string comment{};
};

/// `nothing`: no frame leaves.
struct NothingPin {
  SourcePos pos{};
  std::string comment{};
};

/// `expect PROTO SRC > DST [words]` or `no expect PROTO SRC > DST`. Of a source that may be any,
/// the address or port is zero here and `*` in the text.
struct ExpectPin {
  bool absent = false;
  wire::PacketText tuple{};
  std::vector<std::string> words{};  // "timeout 300", "port 5001", "helper ftp"
  SourcePos pos{};
  std::string comment{};
};

using Pin = std::variant<OutPin, NothingPin, CtPin, ExpectPin>;

/// One stimulus and what the script says about it.
struct ScenarioStep {
  StimulusLine stimulus{};
  std::vector<Pin> pins{};
  /// `should PIN`: what an RFC asks. A kernel that does otherwise falls short of it, and that is a
  /// known deviation and no divergence.
  std::vector<Pin> shoulds{};
  std::string comment{};
};

struct Scenario {
  std::string path{};           // as the user gave it
  std::string reason{};         // the comment on top, without '#'
  std::string topology_name{};  // "router", "host"
  model::Topology topology{};   // after every `port`, `route`, ... line
  std::vector<SysctlLine> sysctls{};
  std::vector<RulesBlock> rules{};
  std::vector<std::string>
      pins_need{};  // features of model::Profile without which the pins say nothing
  std::vector<ScenarioStep> steps{};
  std::string topology_comment{};  // of the `topology`, `port`, `address` and `route` lines
  std::string closing_comment{};   // below the last line
};

}  // namespace natstep::harness
