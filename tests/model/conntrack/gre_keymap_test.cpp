// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/conntrack/gre_keymap.h"

#include "model/conntrack/conn.h"

#include <gtest/gtest.h>

namespace natstep::model {
namespace {

Tuple tunnel(std::uint16_t sender, std::uint16_t receiver) {
  constexpr std::uint8_t gre = 47;
  return {.src = wire::Address::ipv4(0x0a000102),
          .dst = wire::Address::ipv4(0xc6336409),
          .src_id = sender,
          .dst_id = receiver,
          .protocol = gre};
}

TEST(GreKeymap, KnowsTheSenderByTheReceiver) {
  GreKeymap keys;
  Conn master;
  EXPECT_TRUE(keys.add(master, Direction::original, tunnel(7, 9)));
  EXPECT_EQ(keys.sender_key(tunnel(0, 9)), 7);
  EXPECT_EQ(keys.sender_key(tunnel(0, 8)), std::nullopt);
}

TEST(GreKeymap, AMasterHasOneCallInADirection) {
  GreKeymap keys;
  Conn master;
  EXPECT_TRUE(keys.add(master, Direction::original, tunnel(7, 9)));
  EXPECT_TRUE(keys.add(master, Direction::original, tunnel(7, 9)));
  EXPECT_FALSE(keys.add(master, Direction::original, tunnel(8, 10)));
  EXPECT_TRUE(keys.add(master, Direction::reply, tunnel(8, 10)));
}

TEST(GreKeymap, ForgetsTheKeysOfOneMasterOnly) {
  GreKeymap keys;
  Conn one, other;
  keys.add(one, Direction::original, tunnel(7, 9));
  keys.add(other, Direction::original, tunnel(8, 10));
  keys.remove_of(one);
  EXPECT_EQ(keys.sender_key(tunnel(0, 9)), std::nullopt);
  EXPECT_EQ(keys.sender_key(tunnel(0, 10)), 8);
}

}  // namespace
}  // namespace natstep::model
