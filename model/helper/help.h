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

/// The extension. An entry that has none never had a helper, and expects nothing.
struct Help {
  std::optional<HelperKind> kind{};  // none: a rule expects something for it
  /// Indexed by direction; there only when a mapping found the helper attached.
  std::optional<std::array<SeqAdjust, 2>> seqadj{};
  std::array<FtpLines, 2> ftp{};
};

}  // namespace natstep::model
