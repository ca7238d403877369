// SPDX-License-Identifier: GPL-2.0-or-later
// The clauses of packet rewriting come in pairs: the same edit of a packet of its own, and of a
// packet that an ICMP error quotes.
#pragma once

#include "model/clause_names.h"

namespace natstep::model {

struct ManipClause {
  Clause whole;
  Clause quoted;
};

namespace manip_clause {
inline constexpr ManipClause address_is_written{Clause::address_is_written,
                                                Clause::quoted_address_is_written};
inline constexpr ManipClause ip_checksum_follows_address{
    Clause::ip_checksum_follows_address, Clause::quoted_ip_checksum_follows_address};
inline constexpr ManipClause port_is_written{Clause::port_is_written,
                                             Clause::quoted_port_is_written};
inline constexpr ManipClause checksum_follows_address{Clause::l4_checksum_follows_address,
                                                      Clause::quoted_l4_checksum_follows_address};
inline constexpr ManipClause checksum_follows_port{Clause::l4_checksum_follows_port,
                                                   Clause::quoted_l4_checksum_follows_port};
inline constexpr ManipClause udp_checksum_absent{Clause::udp_checksum_absent_stays_absent,
                                                 Clause::quoted_udp_checksum_absent_stays_absent};
inline constexpr ManipClause icmpv6_checksum_follows_address{
    Clause::icmpv6_checksum_follows_address, Clause::quoted_icmpv6_checksum_follows_address};
inline constexpr ManipClause sctp_checksum_is_recomputed{
    Clause::sctp_checksum_is_recomputed, Clause::quoted_sctp_checksum_is_recomputed};
inline constexpr ManipClause icmp_id_is_written{Clause::icmp_id_is_written,
                                                Clause::quoted_icmp_id_is_written};
inline constexpr ManipClause icmp_checksum_follows_id{Clause::icmp_checksum_follows_id,
                                                      Clause::quoted_icmp_checksum_follows_id};
}  // namespace manip_clause

}  // namespace natstep::model
