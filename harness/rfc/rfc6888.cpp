// SPDX-License-Identifier: GPL-2.0-or-later
// RFC 6888, BCP 127: carrier-grade NAT, as far as one box's packet filter can do it.
#include "harness/rfc/common_rules.h"
#include "harness/rfc/requirement.h"

namespace natstep::harness {
namespace {

std::vector<Requirement> translation() {
  return {
      {.id = "REQ-1",
       .asks = "The requirements of each transport protocol hold.",
       .treatment = Treatment::too_trivial,
       .why = "they are the tables of RFC 4787, 5382, 5508 and 5597"},
      {.id = "REQ-2",
       .asks = "A subscriber always has the same public address.",
       .scenarios = {"client_shows_two_addresses_of_a_range"},
       .rule = "the word `persistent` behind the range",
       .configured = {"persistent_range_gives_one_address",
                      "persistent_client_shows_one_address_by_any_protocol"}},
      {.id = "REQ-3",
       .level = Level::should,
       .asks = "The pool of addresses may be of any size and need not be contiguous.",
       .scenarios = {"addresses_of_a_pool_need_not_be_neighbours", "address_of_range_is_computed"}},
      {.id = "REQ-4",
       .asks = "The number of external ports that a subscriber has can be limited.",
       .scenarios = {"subscriber_has_a_block_of_ports"}},
      {.id = "REQ-5",
       .level = Level::should,
       .asks = "So can the memory that a subscriber's mappings take.",
       .treatment = Treatment::not_observable,
       .why = "`ct count` limits it; connlimit is not modelled"},
      {.id = "REQ-6",
       .asks = "Translation can be turned off for some destinations and ports.",
       .scenarios = {"translation_is_switched_off_for_a_destination"}},
      {.id = "REQ-7",
       .level = Level::should,
       .asks = "Everybody may come in by a mapping.",
       .scenarios = {"stranger_needs_the_address_and_the_port"},
       .rule = address_of_ones_own,
       .configured = {"address_of_ones_own_is_open_to_everybody"}},
      {.id = "REQ-8",
       .level = Level::should,
       .asks = "A port that became free is given to nobody else for 120 s, or answers are let in only "
               "from whom the old mapping talked to.",
       .why = "by the second: who answers is looked at, address and port",
       .scenarios = {"freed_port_is_given_away_at_once"}},
  };
}

std::vector<Requirement> operation() {
  return {
      {.id = "REQ-9",
       .asks = "Subscribers control their mappings by a protocol, which should be PCP.",
       .treatment = Treatment::does_not_apply,
       .why = "a program's part; it writes rules"},
      {.id = "REQ-10",
       .level = Level::should,
       .asks = "The box can be managed by standard means.",
       .treatment = Treatment::does_not_apply,
       .why = "a program's part; it reads ctnetlink"},
      {.id = "REQ-11a",
       .asks = "A packet for which there is no mapping to be had is dropped.",
       .scenarios = {"no_port_left_drops_at_confirm"}},
      {.id = "REQ-11b",
       .level = Level::should,
       .asks = "Its sender is told: host unreachable.",
       .scenarios = {"subscriber_without_a_port_is_told_nothing"}},
      {.id = "REQ-11c",
       .level = Level::should,
       .asks = "The administrator is notified.",
       .treatment = Treatment::not_observable,
       .why = "a counter (`insert_failed` or `drop` in conntrack -S) is all there is"},
      {.id = "REQ-11d",
       .asks = "No other mapping is ended to make room.",
       .why = "of closed TCP connections one may give way, see syn_takes_over_a_closed_connection",
       .scenarios = {"taken_port_of_range_is_not_kept", "single_port_serves_one_client_a_server"}},
      {.id = "REQ-12",
       .level = Level::should,
       .asks = "Destinations are not logged unless somebody wants it.",
       .treatment = Treatment::too_trivial,
       .why = "nothing is logged unless a rule says so"},
      {.id = "REQ-13",
       .level = Level::should,
       .asks = "Ports are used as far as they go.",
       .scenarios = {"one_port_serves_every_server", "last_free_port_is_found"}},
      {.id = "REQ-14",
       .level = Level::should,
       .asks = "Ports are given out so that few lines of a log tell whose they were.",
       .why = "with a rule that gives every subscriber a block: `ip saddr A snat to B:2000-2999`",
       .scenarios = {"subscriber_has_a_block_of_ports"}},
      {.id = "REQ-15",
       .level = Level::should,
       .asks = "Ports are hard to guess.",
       .scenarios = {"clients_port_shows_outside"},
       .rule = "`masquerade random` or `fully-random`",
       .configured = {"random_draws_even_a_free_port", "random_fully_does_not_reuse"}},
  };
}

}  // namespace

Rfc rfc6888() {
  Rfc rfc{.number = 6888,
          .title = "Common Requirements for Carrier-Grade NATs",
          .requirements = translation()};
  const auto more = operation();
  rfc.requirements.insert(rfc.requirements.end(), more.begin(), more.end());
  return rfc;
}

}  // namespace natstep::harness
