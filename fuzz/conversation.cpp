// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/conversation.h"

#include "fuzz/box_parts.h"
#include "fuzz/payloads.h"

#include <array>
#include <initializer_list>

namespace natstep::fuzz {
namespace {

std::uint8_t index(std::size_t value) {
  return static_cast<std::uint8_t>(value);
}

// Indexes into the tables of packet_parts.cpp.
constexpr std::uint8_t plain_ack = 2, data = 3;
constexpr std::uint8_t server = 1, box_outside = 2, host = 0;
constexpr std::uint8_t gre_of_pptp = 2;

class Talk {
 public:
  Talk(Program& program, const Helped& helped, Random& random)
      : program_(program), helped_(helped), random_(random), lines_(payloads_for(helped.reader)) {}

  /// Conntrack takes up a connection in its midst, so that one acknowledgement each way opens it.
  void open(Op first) {
    first.protocol = index((first.protocol & 0x80u) | static_cast<unsigned>(helped_.protocol));
    first.dst_port = port_index(helped_.port);
    first.where = 0;
    first.extra = 0;
    first.patches.clear();
    const bool tcp = helped_.protocol == Protocol::tcp;
    first.kind = plain_ack;
    first.content = tcp ? std::uint8_t{0} : next_line();
    last_[0] = add(std::move(first));
    if (tcp) last_[1] = add(answer(plain_ack, 0));
  }

  void say(bool by_opener) { say(by_opener, next_line()); }

  void say(bool by_opener, std::uint8_t content) {
    auto& last = last_[by_opener ? 0 : 1];
    last = add(
        last ? Op{.source = Source::next, .subject = index(*last), .kind = data, .content = content}
             : answer(data, content));
  }

  /// Calls of PPTP take several messages, each by the side that may send it.
  void call() {
    // Indexes into the messages of payloads.cpp: an outgoing call, an incoming one, both, and one
    // that either side clears.
    using Script = std::initializer_list<std::uint8_t>;
    static constexpr std::array<Script, 5> scripts{
        {{0, 1, 2, 3}, {0, 1, 4, 5, 6}, {0, 1, 2, 3, 4, 5, 6}, {0, 1, 2, 3, 7}, {0, 1, 2, 3, 8}}};
    for (const std::uint8_t message : random_.any_of(scripts)) {
      line_ = message;
      const bool of_the_client = message == 0 || message == 2 || message == 5 || message == 7;
      say(of_the_client, index(lines_.first + message));
    }
  }

  /// A connection to where one may have been announced.
  void come_back(Op op) {
    const bool to_the_box = random_.one_in(2);
    op.src = to_the_box ? server : host;
    op.dst = to_the_box ? box_outside : server;
    op.where = 0;
    op.kind = 0;
    op.patches.clear();
    constexpr std::array<std::uint16_t, 4> announced{5001, 5004, 5002, 5060};
    op.dst_port = port_index(random_.any_of(announced));
    Protocol protocol = random_.one_in(2) ? Protocol::udp : Protocol::tcp;
    if (helped_.reader == Reader::pptp) {
      protocol = Protocol::gre;
      op.kind = gre_of_pptp;
      // Who calls has 7, who is called has 9; a packet names its receiver's.
      const bool to_the_caller = random_.one_in(8) ? !to_the_box : to_the_box;
      op.src_port = to_the_caller ? 0 : 255;
    }
    op.protocol = index((op.protocol & 0x80u) | static_cast<unsigned>(protocol));
    add(std::move(op));
  }

 private:
  std::size_t add(Op op) {
    program_.ops.push_back(std::move(op));
    return program_.ops.size() - 1;
  }

  Op answer(std::uint8_t kind, std::uint8_t content) const {
    return {.source = Source::reply,
            .subject = index(*last_[0]),
            .frame = 1,
            .kind = kind,
            .content = content};
  }

  /// Mostly what is said next, sometimes anything.
  std::uint8_t next_line() {
    if (random_.one_in(4)) line_ = random_.below(lines_.count);
    return index(lines_.first + line_++ % lines_.count);
  }

  Program& program_;
  const Helped& helped_;
  Random& random_;
  PayloadRange lines_;
  std::size_t line_ = 0;
  std::array<std::optional<std::size_t>, 2> last_{};  // of the opener, of the other
};

}  // namespace

bool add_conversation(Program& program, const Swarm& swarm, Random& random) {
  constexpr std::size_t longest = 11;
  const auto helped = helped_by(program.box);
  if (!helped) return false;
  if (program.ops.size() + longest > most_ops) program.ops.clear();
  Talk talk(program, *helped, random);
  talk.open(fresh_op(swarm, random));
  const bool calls = helped->reader == Reader::pptp && !random.one_in(4);
  if (calls) talk.call();
  const std::size_t lines = calls ? 0 : 1 + random.below(5);
  for (std::size_t i = 0; i < lines; ++i)
    talk.say(random.one_in(4) ? random.one_in(2) : i % 2 == 0);
  const std::size_t connections = calls ? 2 : random.below(2);
  for (std::size_t i = 0; i < connections; ++i)
    talk.come_back(fresh_op(swarm, random));
  return true;
}

}  // namespace natstep::fuzz
