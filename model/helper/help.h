// SPDX-License-Identifier: GPL-2.0-or-later
// What an entry carries once a helper is attached to it (struct nf_conn_help and the extensions
// that come with it). Source: include/net/netfilter/nf_conntrack_helper.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace natstep::model {

/// The helpers that Linux has.
enum class HelperKind : std::uint8_t {
  amanda,
  ftp,
  irc,
  netbios_ns,
  pptp,
  q931,
  ras,
  sane,
  sip,
  snmp,
  tftp,
  nft_ct_expect,  // of entries for which a rule expects something; it looks at no packet
};

/// The name that CTA_HELP shows and that rules use: "ftp".
std::string_view to_string(HelperKind kind);
std::optional<HelperKind> find_helper(std::string_view name);

/// struct nf_ct_seqadj: how the numbers of one direction are shifted. Up to `position` (in the
/// numbers of who sends) by `before`, beyond it by `after`.
struct SeqAdjust {
  std::uint32_t position = 0;
  std::int32_t before = 0;
  std::int32_t after = 0;
};

/// struct nf_ct_ftp_master, one direction: the sequence numbers at which a line may begin.
struct FtpLines {
  std::array<std::uint32_t, 2> begin{};
  std::uint8_t known = 0;  // how many of the two are set
};

/// enum pptp_ctrlsess_state and enum pptp_ctrlcall_state. The order of the sessions counts.
enum class PptpSession : std::uint8_t { none, error, stop_requested, requested, confirmed };
enum class PptpCall : std::uint8_t {
  none,
  out_requested,
  out_confirmed,
  in_requested,
  in_replied,
  in_confirmed,
  clear_requested,
};

/// struct nf_ct_pptp_master and struct nf_nat_pptp: how far a control connection has come, and the
/// ids of its latest call. PNS is the side that calls, PAC the one that answers (RFC 2637 section
/// 1.3). Of a translated connection `pns_call_id` is the public one.
struct PptpTrack {
  PptpSession session = PptpSession::none;
  PptpCall call = PptpCall::none;
  std::uint16_t pac_call_id = 0;
  std::uint16_t pns_call_id = 0;
  std::uint16_t private_pns_call_id = 0;  // what the PNS calls it; only of a translated connection
  std::uint16_t private_pac_call_id = 0;
};

/// struct nf_ct_sip_master.
struct SipTrack {
  std::uint32_t register_cseq = 0;
  std::uint32_t invite_cseq = 0;
  std::uint16_t forced_port = 0;  // where the client listens, when that is not where it sends from
};

/// `ct expectation set`: the other side will open a connection to this port of who began this one
/// (struct nft_ct_expect_obj).
struct ExpectationStatement {
  std::uint8_t protocol = 0;
  std::uint16_t port = 0;
  std::uint32_t timeout = 0;  // milliseconds, which is what nft hands on
  std::uint32_t size = 0;     // how many an entry may expect at a time
};

/// The extension. An entry that has none never had a helper, and expects nothing.
struct Help {
  std::optional<HelperKind> kind{};  // none: a rule expects something for it
  /// Indexed by direction; there only when a mapping found the helper attached.
  std::optional<std::array<SeqAdjust, 2>> seqadj{};
  std::array<FtpLines, 2> ftp{};
  PptpTrack pptp{};
  SipTrack sip{};
  std::optional<ExpectationStatement> rule_expects{};  // once the packet is on its way out
};

}  // namespace natstep::model
