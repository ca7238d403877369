// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/nat/address_choice.h"

#include <bit>

namespace natstep::model {
namespace {

/// The word as the kernel loads it from memory, where it stands in network order.
std::uint32_t memory_word(const wire::Address& address, std::size_t word) {
  const std::uint8_t* p = &address.bytes[word * 4];
  return static_cast<std::uint32_t>(p[0]) | static_cast<std::uint32_t>(p[1]) << 8 |
         static_cast<std::uint32_t>(p[2]) << 16 | static_cast<std::uint32_t>(p[3]) << 24;
}

/// The same word as a number.
std::uint32_t word_of(const wire::Address& address, std::size_t word) {
  return wire::load_be32(&address.bytes[word * 4]);
}

/// reciprocal_scale: `hash` brought down to [0, distance).
std::uint32_t scaled(std::uint32_t hash, std::uint32_t distance) {
  return static_cast<std::uint32_t>(std::uint64_t{hash} * distance >> 32);
}

struct Lookup3 {
  std::uint32_t a, b, c;

  void mix() {
    a -= c;
    a ^= std::rotl(c, 4);
    c += b;
    b -= a;
    b ^= std::rotl(a, 6);
    a += c;
    c -= b;
    c ^= std::rotl(b, 8);
    b += a;
    a -= c;
    a ^= std::rotl(c, 16);
    c += b;
    b -= a;
    b ^= std::rotl(a, 19);
    a += c;
    c -= b;
    c ^= std::rotl(b, 4);
    b += a;
  }

  void finish() {
    c ^= b;
    c -= std::rotl(b, 14);
    a ^= c;
    a -= std::rotl(c, 11);
    b ^= a;
    b -= std::rotl(a, 25);
    c ^= b;
    c -= std::rotl(b, 16);
    a ^= c;
    a -= std::rotl(c, 4);
    b ^= a;
    b -= std::rotl(a, 14);
    c ^= b;
    c -= std::rotl(b, 24);
  }
};

}  // namespace

std::uint32_t jhash2(const std::array<std::uint32_t, 4>& words, std::uint32_t initval) {
  constexpr std::uint32_t golden = 0xdeadbeef;
  const std::uint32_t start = golden + (static_cast<std::uint32_t>(words.size()) << 2) + initval;
  Lookup3 state{start, start, start};
  state.a += words[0];
  state.b += words[1];
  state.c += words[2];
  state.mix();
  state.a += words[3];
  state.finish();
  return state.c;
}

wire::Address choose_address(const Tuple& base, ManipType type, const NatRange& range,
                             std::uint16_t zone, HashOver over) {
  const std::array<std::uint32_t, 4> source{memory_word(base.src, 0), memory_word(base.src, 1),
                                            memory_word(base.src, 2), memory_word(base.src, 3)};
  const std::size_t words = base.src.size() / 4;
  const bool source_only = over == HashOver::source_only;
  std::uint32_t hash = jhash2(source, source_only ? 0 : memory_word(base.dst, words - 1) ^ zone);
  wire::Address chosen = *range.min_address;
  // Below the highest address anything goes in the words that follow.
  bool free = false;
  for (std::size_t word = 0; word < words; ++word) {
    const std::uint32_t lowest = free ? 0 : word_of(*range.min_address, word);
    const std::uint32_t highest = word_of(*range.max_address, word);
    const std::uint32_t distance = free ? 0xffffffff : highest - lowest + 1;
    const std::uint32_t value = lowest + scaled(hash, distance);
    wire::store_be32(&chosen.bytes[word * 4], value);
    free = free || value != highest;
    // A destination that is being chosen is the destination that is hashed.
    const wire::Address& hashed = type == ManipType::dst ? chosen : base.dst;
    if (!source_only) hash ^= memory_word(hashed, word);
  }
  return chosen;
}

}  // namespace natstep::model
