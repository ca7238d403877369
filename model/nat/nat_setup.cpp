// SPDX-License-Identifier: GPL-2.0-or-later
// nf_nat_setup_info and what it rests on: get_unique_tuple, the search for a free port or ICMP id,
// and the eviction of entries that are only waiting to expire.
#include "model/clause_names.h"
#include "model/conntrack/conntrack.h"
#include "model/helper/helper.h"
#include "model/nat/address_choice.h"
#include "model/nat/mirrored_clash.h"
#include "model/nat/nat.h"
#include "model/packet.h"
#include "model/wire/icmpv4.h"
#include "model/wire/ipv4.h"

#include <algorithm>
#include <utility>

namespace natstep::model {
namespace {

namespace protocol = wire::ip_protocol;

/// What a search for a tuple is about.
struct Search {
  Step& step;
  Conn& conn;
  const NatRange& range;
  ManipType type;

  [[nodiscard]] bool random() const { return range.random || range.fully_random; }
  [[nodiscard]] bool maps_address() const { return range.min_address.has_value(); }
  [[nodiscard]] bool maps_port() const { return range.min_port.has_value(); }
};

/// The ids that a search may try: `lowest` and the `size - 1` above it.
struct IdRange {
  std::uint32_t lowest = 0;
  std::uint32_t size = 1;

  [[nodiscard]] std::uint32_t highest() const { return lowest + size - 1; }
};

/// NF_NAT_MAX_ATTEMPTS, the shortest round that is repeated, and NF_NAT_HARDER_THRESH.
constexpr std::uint32_t max_attempts = 128;
constexpr std::uint32_t min_attempts_to_repeat = 16;
constexpr std::uint32_t harder_threshold = 32;

bool has_ports(const Profile& profile, std::uint8_t number) {
  return number == protocol::tcp || number == protocol::udp || number == protocol::sctp ||
         (number == protocol::udplite && profile.udplite_conntrack) ||
         (number == protocol::dccp && profile.dccp_conntrack);
}
bool is_icmp(std::uint8_t number) {
  return number == protocol::icmp || number == protocol::icmpv6;
}
bool has_id(const Profile& profile, std::uint8_t number) {
  return has_ports(profile, number) || is_icmp(number) || number == protocol::gre;
}

/// Without the control connection nobody knows whose call id it is.
bool may_change_id(Step& step, const Conn& conn) {
  if (conn.of(Direction::original).protocol != protocol::gre || conn.master != nullptr) return true;
  return !step.holds(Clause::gre_keys_are_chosen_for_calls_only);
}

/// The field that NAT may change: an ICMP id is the same for either manip type.
std::uint16_t& manip_id(Tuple& tuple, ManipType type) {
  if (is_icmp(tuple.protocol) || type == ManipType::src) return tuple.src_id;
  return tuple.dst_id;
}
std::uint16_t manip_id(const Tuple& tuple, ManipType type) {
  return manip_id(const_cast<Tuple&>(tuple), type);
}

Tuple with_id(Tuple tuple, ManipType type, std::uint32_t id) {
  manip_id(tuple, type) = static_cast<std::uint16_t>(id);
  return tuple;
}

ConntrackTable::Hit holder_of(Search& search, const Tuple& tuple) {
  const std::optional<Tuple> reply = invert(tuple);
  if (!reply) return {};
  return search.step.conntrack().find(*reply, search.conn.zone, search.step.now());
}

/// nf_nat_used_tuple: another entry of the zone already expects the replies that this tuple would
/// have. An entry with the same original tuple is not counted: the two are one flow.
bool used(Search& search, const Tuple& tuple) {
  const std::optional<Tuple> reply = invert(tuple);
  if (!reply) return false;
  const bool within = search.step.holds(Clause::tuple_is_unique_within_its_zone);
  const Zone zone = within ? search.conn.zone : Zone{};
  Conn* holder = tuple_holder(search.step, *reply, zone, Direction::reply);
  if (holder == nullptr) return false;
  if (ConntrackTable::expired(*holder, search.step.now())) {
    search.step.conntrack().remove(*holder);
    return false;
  }
  return holder->of(Direction::original) != search.conn.of(Direction::original) ||
         holder->zone.in(Direction::original) != zone.in(Direction::original);
}

/// nf_nat_may_kill and nf_seq_has_advanced: a finished connection whose sequence numbers the new
/// SYN has passed.
bool may_evict(const Search& search, const ConntrackTable::Hit& hit) {
  const Conn& conn = search.conn;
  if (!search.step.profile().time_wait_eviction || hit.conn == nullptr) return false;
  if (conn.of(Direction::original).protocol != protocol::tcp) return false;
  if (conn.tcp.state != TcpState::syn_sent || hit.direction != Direction::reply) return false;
  const Conn& old = *hit.conn;
  if (old.tcp.state < TcpState::time_wait || !old.has(status::src_nat)) return false;
  if ((old.status & (status::fixed_timeout | status::dying)) != 0) return false;
  return static_cast<std::int32_t>(conn.tcp.seen[0].end - old.tcp.seen[0].end) > 0;
}

/// nf_nat_used_tuple_harder says that the tuple can be had, if need be at the cost of the entry
/// that holds it.
bool obtainable(Search& search, const Tuple& tuple, std::uint32_t attempts_left) {
  if (!used(search, tuple)) return true;
  return attempts_left <= harder_threshold && may_evict(search, holder_of(search, tuple)) &&
         search.step.holds(Clause::time_wait_entry_evicted);
}

/// Removes the finished connection that holds `tuple`, if there is one.
void take_over(Search& search, const Tuple& tuple) {
  const ConntrackTable::Hit hit = holder_of(search, tuple);
  if (hit.conn == nullptr || !may_evict(search, hit)) return;
  if (search.step.holds(Clause::time_wait_entry_evicted)) search.step.conntrack().remove(*hit.conn);
}

bool address_in_range(const wire::Address& address, const NatRange& range) {
  return address >= *range.min_address && address <= *range.max_address;
}

/// l4proto_in_range: protocols without ports are in any range.
bool id_in_range(const Search& search, const Tuple& tuple, ManipType type) {
  if (!has_id(search.step.profile(), tuple.protocol)) return true;
  const NatRange& range = search.range;
  const std::uint16_t id = manip_id(tuple, type);
  return id >= *range.min_port && id <= *range.max_port;
}

/// nf_in_range, about the source side.
bool source_in_range(const Search& search, const Tuple& tuple) {
  if (search.maps_address() && !address_in_range(tuple.src, search.range)) return false;
  return !search.maps_port() || id_in_range(search, tuple, ManipType::src);
}

/// find_appropriate_src compares the zone of the original direction, and looks in one chain of the
/// source list; zones of a single direction share that of zone 0.
bool same_source_zone(Step& step, const Zone& a, const Zone& b) {
  const auto chain = [](const Zone& zone) {
    return zone.directions == ZoneDirections::both ? zone.id : std::uint16_t{0};
  };
  const bool same = a.in(Direction::original) == b.in(Direction::original) && chain(a) == chain(b);
  return same || !step.holds(Clause::mapping_is_reused_within_its_zone);
}

/// find_appropriate_src: how the same source was mapped for another flow, newest first.
std::optional<Tuple> mapping_of_same_source(Search& search, const Tuple& base) {
  for (const Conn* flow : search.step.conntrack().by_source(base)) {
    if (!same_source_zone(search.step, flow->zone, search.conn.zone)) continue;
    const std::optional<Tuple> mapped = invert(flow->of(Direction::reply));
    if (!mapped) continue;
    Tuple candidate = base;
    candidate.src = mapped->src;
    candidate.src_id = mapped->src_id;
    if (source_in_range(search, candidate)) return candidate;
  }
  return std::nullopt;
}

/// Step 1 of get_unique_tuple, for source manips only: stay as you are, or go where this source
/// went before.
std::optional<Tuple> keep_or_reuse(Search& search, const Tuple& base) {
  if (source_in_range(search, base)) {
    if (!search.step.holds(Clause::source_in_range_is_kept)) return std::nullopt;
    const bool taken = used(search, base) && !joins_its_mirror(search.step, search.conn, base);
    return taken ? std::nullopt : std::optional(base);
  }
  const std::optional<Tuple> reused = mapping_of_same_source(search, base);
  if (!reused || used(search, *reused)) return std::nullopt;
  return search.step.holds(Clause::mapping_of_same_source_is_reused) ? reused : std::nullopt;
}

wire::Address address_for(Search& search, const Tuple& base) {
  const NatRange& range = search.range;
  if (*range.min_address == *range.max_address) return *range.min_address;
  if (!search.step.holds(Clause::address_of_range_by_hash)) return *range.max_address;
  const bool by_zone = search.step.holds(Clause::address_of_range_depends_on_the_zone);
  const std::uint16_t zone = by_zone ? search.conn.zone.id : std::uint16_t{0};
  HashOver over = HashOver::source_and_destination;
  if (range.persistent && search.step.holds(Clause::persistent_range_hashes_source_only)) {
    over = HashOver::source_only;
  }
  if (base.src.family == wire::AddressFamily::ipv6 &&
      !search.step.holds(Clause::ipv6_address_of_range_word_by_word)) {
    return *range.min_address;
  }
  return choose_address(base, search.type, range, zone, over);
}

/// find_best_ips_proto.
Tuple with_address_of_range(Search& search, const Tuple& base) {
  Tuple tuple = base;
  if (search.maps_address()) {
    (search.type == ManipType::src ? tuple.src : tuple.dst) = address_for(search, base);
  }
  return tuple;
}

/// Ports below 512 and below 1024 are kept among their like: servers may trust them (rsh, NFS).
IdRange port_class(Step& step, std::uint16_t port) {
  constexpr IdRange low{.lowest = 1, .size = 511};
  constexpr IdRange reserved{.lowest = 600, .size = 424};
  constexpr IdRange user{.lowest = 1024, .size = 64512};
  if (port >= 1024) return step.holds(Clause::user_port_stays_user) ? user : reserved;
  if (port >= 512) return step.holds(Clause::reserved_port_stays_reserved) ? reserved : user;
  return step.holds(Clause::low_port_stays_low) ? low : user;
}

/// The ids to search, or nothing when the protocol or the manip type forbids a change.
std::optional<IdRange> search_range(Search& search, const Tuple& tuple) {
  Step& step = search.step;
  if (!has_id(step.profile(), tuple.protocol) || !may_change_id(step, search.conn)) {
    return std::nullopt;
  }
  if (search.maps_port()) {
    const auto [low, high] = std::minmax(*search.range.min_port, *search.range.max_port);
    return IdRange{.lowest = low, .size = high - low + 1u};
  }
  if (is_icmp(tuple.protocol)) {
    return IdRange{.lowest = 0, .size = 0x10000};
  }
  if (tuple.protocol == protocol::gre) return IdRange{.lowest = 1, .size = 0xffff};
  if (search.type == ManipType::dst && step.holds(Clause::destination_port_kept_without_range)) {
    return std::nullopt;
  }
  return port_class(step, manip_id(tuple, search.type));
}

/// Where the search starts, counted from the lowest id; nothing when the kernel draws it at random.
std::optional<std::uint16_t> start_offset(Search& search, const Tuple& tuple) {
  if (search.range.base_port && search.step.holds(Clause::port_offset_from_base)) {
    return static_cast<std::uint16_t>(manip_id(tuple, search.type) - *search.range.base_port);
  }
  const bool from_min = search.type == ManipType::dst && !search.random() &&
                        search.step.profile().dnat_range_starts_at_min;
  return from_min ? std::optional<std::uint16_t>(0) : std::nullopt;
}

/// The first round of nf_nat_l4proto_unique_tuple from a known start. When it fails on a whole
/// range, the last candidate stands and the packet meets its fate at confirm.
std::optional<Tuple> search_from(Search& search, const Tuple& tuple, IdRange ids,
                                 std::uint16_t offset) {
  const std::uint32_t attempts = std::min(ids.size, max_attempts);
  Tuple candidate = tuple;
  for (std::uint32_t i = 0; i < attempts; ++i, ++offset) {
    candidate = with_id(tuple, search.type, ids.lowest + offset % ids.size);
    if (obtainable(search, candidate, attempts - i)) return candidate;
  }
  const bool repeats = attempts < ids.size && attempts >= min_attempts_to_repeat;
  return repeats ? std::nullopt : std::optional(candidate);
}

/// Only the last attempts of a round evict, so the others must have found their ids taken.
bool eviction_reachable(Search& search, const Tuple& tuple, IdRange ids) {
  const std::uint32_t attempts = std::min(ids.size, max_attempts);
  std::uint32_t needed = attempts > harder_threshold ? attempts - harder_threshold : 0;
  if (needed > search.step.conntrack().size()) return false;
  for (std::uint32_t id = ids.lowest; needed > 0 && id <= ids.highest(); ++id) {
    if (used(search, with_id(tuple, search.type, id))) --needed;
  }
  return needed == 0;
}

bool anything_obtainable(Search& search, const Tuple& tuple, IdRange ids) {
  for (std::uint32_t id = ids.lowest; id <= ids.highest(); ++id) {
    if (obtainable(search, with_id(tuple, search.type, id), 1)) return true;
  }
  return false;
}

/// The kernel takes the remainder of 16 random bits: of a range that 65536 is no multiple of, the
/// first ids come once more often. Under the defect they do not come at all.
bool can_be_drawn(const Search& search, IdRange ids, std::uint32_t id) {
  constexpr std::uint32_t random_values = 0x10000;
  const std::uint32_t favoured = random_values % ids.size;
  if (!search.random() || favoured == 0 || search.step.holds(Clause::random_port_is_a_remainder))
    return true;
  return id >= ids.lowest + favoured;
}

/// A search from a random start can end on any id that can be had. When there is none, it ends
/// where its last attempt happens to be, and the packet meets its fate at confirm.
Tuple search_at_random(Search& search, const Tuple& tuple, IdRange ids, Clause clause) {
  const std::uint32_t attempts_left =
      eviction_reachable(search, tuple, ids) ? harder_threshold : max_attempts;
  const bool exhausted = !anything_obtainable(search, tuple, ids);
  const auto allowed = [&](std::uint32_t id) {
    return can_be_drawn(search, ids, id) &&
           (exhausted || obtainable(search, with_id(tuple, search.type, id), attempts_left));
  };
  const std::uint32_t id = search.step.choose({
      .kind = search.type == ManipType::src ? ChoiceKind::source_id : ChoiceKind::destination_id,
      .clause = clause,
      .original = search.conn.of(Direction::original),
      .wanted = tuple,
      .instead_of = 0,
      .packet = {},
      .lowest = ids.lowest,
      .highest = ids.highest(),
      .allowed = allowed,
  });
  return with_id(tuple, search.type, id);
}

Clause clause_of_random_start(const Search& search, const Tuple& tuple) {
  if (search.random()) return Clause::random_port_in_range;
  return is_icmp(tuple.protocol) ? Clause::icmp_id_after_clash : Clause::source_port_after_clash;
}

Tuple search_id(Search& search, const Tuple& tuple, IdRange ids) {
  if (const auto offset = start_offset(search, tuple)) {
    if (const auto found = search_from(search, tuple, ids, *offset)) return *found;
  }
  if (ids.size == 1) return with_id(tuple, search.type, ids.lowest);
  const Clause clause = clause_of_random_start(search, tuple);
  if (!search.step.holds(clause)) return tuple;
  return search_at_random(search, tuple, ids, clause);
}

/// nf_nat_l4proto_unique_tuple. Who may not change the id takes nobody's place either.
Tuple unique_tuple_of_protocol(Search& search, const Tuple& tuple) {
  const std::optional<IdRange> ids = search_range(search, tuple);
  if (!ids) return tuple;
  const Tuple found = search_id(search, tuple, *ids);
  take_over(search, found);
  return found;
}

/// Step 3: the id may stay when it is in range and free. A range of a single port is not even asked
/// whether it is free.
bool id_may_stay(Search& search, const Tuple& tuple) {
  Step& step = search.step;
  const NatRange& range = search.range;
  if (!search.maps_port()) return !used(search, tuple) && step.holds(Clause::free_port_is_kept);
  if (range.base_port || !id_in_range(search, tuple, search.type)) return false;
  if (range.min_port == range.max_port) return true;
  return !used(search, tuple) && step.holds(Clause::port_in_range_is_kept);
}

Tuple get_unique_tuple(Search& search, const Tuple& base) {
  const bool random = search.random() && search.step.holds(Clause::random_flag_never_keeps);
  if (search.type == ManipType::src && !random) {
    if (const auto tuple = keep_or_reuse(search, base)) return *tuple;
  }
  const Tuple tuple = with_address_of_range(search, base);
  if (!random && id_may_stay(search, tuple)) return tuple;
  return unique_tuple_of_protocol(search, tuple);
}

/// What the entry looks like before this manip: the inverse of its reply, in which earlier manips
/// already show.
Tuple current_tuple(Step& step, const Conn& conn, ManipType type) {
  const Tuple inverse = invert(conn.of(Direction::reply)).value_or(conn.of(Direction::original));
  if (type == ManipType::src && conn.has(status::dst_nat) &&
      !step.holds(Clause::source_mapping_follows_destination_mapping)) {
    return conn.of(Direction::original);
  }
  return inverse;
}

void set_mapping(Step& step, Conn& conn, const Tuple& mapped, ManipType type) {
  conn.tuple[index(Direction::reply)] = *invert(mapped);
  prepare_adjustment(step, conn);
  if (type == ManipType::src) {
    if (step.holds(Clause::source_mapping_sets_src_nat)) conn.status |= status::src_nat;
  } else if (step.holds(Clause::destination_mapping_sets_dst_nat)) {
    conn.status |= status::dst_nat;
  }
}

}  // namespace

Verdict setup_info(Step& step, Conn& conn, const NatRange& range, ManipType type) {
  if (conn.has(status::confirmed) && step.holds(Clause::confirmed_entry_gets_no_mapping)) {
    return Verdict::accept;
  }
  Search search{.step = step, .conn = conn, .range = range, .type = type};
  const Tuple current = current_tuple(step, conn, type);
  const Tuple mapped = get_unique_tuple(search, current);
  if (mapped != current || !step.holds(Clause::mapping_onto_itself_is_none)) {
    set_mapping(step, conn, mapped, type);
  }
  if (type == ManipType::src) step.conntrack().add_by_source(conn);
  conn.status |= type == ManipType::src ? status::src_nat_done : status::dst_nat_done;
  return Verdict::accept;
}

}  // namespace natstep::model
