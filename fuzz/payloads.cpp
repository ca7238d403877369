// SPDX-License-Identifier: GPL-2.0-or-later
// Sources: RFC 959, 2428 (FTP), RFC 1350 (TFTP), RFC 2637 (PPTP), RFC 3261, 4566 (SIP).
#include "fuzz/payloads.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::fuzz {
namespace {

using namespace std::string_view_literals;
using wire::Bytes;

Bytes filled(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i)
    bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

Bytes bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

/// A control message of PPTP (RFC 2637 section 2): length, type 1, the cookie, the kind, and what
/// belongs to it.
Bytes pptp(std::uint8_t kind, std::size_t size, std::uint16_t call, std::uint16_t peer) {
  Bytes bytes(size);
  wire::store_be16(bytes.data(), static_cast<std::uint16_t>(size));
  bytes[3] = 1;
  wire::store_be32(&bytes[4], 0x1a2b3c4d);
  bytes[9] = kind;
  if (size >= 16) {
    wire::store_be16(&bytes[12], call);
    wire::store_be16(&bytes[14], peer);
  }
  if (size > 16) bytes[kind == 2 ? 14 : 16] = 1;  // the result: it worked
  return bytes;
}

struct SipMessage {
  std::string_view first_line, address, method;
  std::string_view more_lines = {};
  std::string_view session = {};  // the body; empty: none
};

std::string sip(const SipMessage& message) {
  const std::string a(message.address);
  std::string text = std::string(message.first_line) + "\r\nVia: SIP/2.0/UDP " + a +
                     ":5060;branch=z9hG4bK1;rport\r\nFrom: <sip:a@" + a +
                     ">;tag=1\r\nTo: <sip:b@198.51.100.9>\r\nCall-ID: 1@" + a + "\r\nCSeq: 1 " +
                     std::string(message.method) + "\r\nContact: <sip:a@" + a + ":5060>\r\n" +
                     std::string(message.more_lines);
  if (message.session.empty()) return text + "Content-Length: 0\r\n\r\n";
  return text + "Content-Type: application/sdp\r\nContent-Length: " +
         std::to_string(message.session.size()) + "\r\n\r\n" + std::string(message.session);
}

std::string session(std::string_view address, std::string_view streams) {
  const std::string a(address);
  return "v=0\r\no=- 1 1 IN IP4 " + a + "\r\ns=-\r\nc=IN IP4 " + a + "\r\nt=0 0\r\n" +
         std::string(streams);
}

std::vector<Bytes> sip_messages() {
  constexpr auto client = "10.0.1.2"sv, server = "198.51.100.9"sv, call = "sip:b@198.51.100.9"sv;
  constexpr auto audio = "m=audio 5004 RTP/AVP 0\r\n"sv;
  const std::string offer = session(client, audio), answer = session(server, audio);
  const std::string two = session(client,
                                  "m=audio 5004 RTP/AVP 0\r\nc=IN IP4 10.0.1.2\r\n"
                                  "m=video 5000 RTP/AVP 31\r\n");
  const auto request = [&](std::string_view method) {
    return std::string(method) + " " + std::string(call) + " SIP/2.0";
  };
  std::vector<Bytes> all;
  const auto add = [&](const SipMessage& message) { all.push_back(bytes_of(sip(message))); };
  add({request("INVITE"), client, "INVITE", {}, offer});
  add({"SIP/2.0 200 OK", server, "INVITE", {}, answer});
  add({"REGISTER sip:198.51.100.9 SIP/2.0", client, "REGISTER", "Expires: 600\r\n"});
  add({"SIP/2.0 200 OK", client, "REGISTER", "Expires: 60\r\n"});
  add({request("BYE"), client, "BYE"});
  add({request("ACK"), client, "ACK", {}, offer});
  add({"SIP/2.0 180 Ringing", server, "INVITE", {}, answer});
  add({"SIP/2.0 404 Not Found", client, "INVITE"});
  add({request("INVITE"), client, "INVITE", {}, two});
  add({request("CANCEL"), client, "CANCEL"});
  add({request("UPDATE"), client, "UPDATE", {}, offer});
  add({request("PRACK"), client, "PRACK", {}, offer});
  add({"REGISTER sip:198.51.100.9 SIP/2.0", client, "REGISTER", "Expires: 0\r\n"});
  add({"SIP/2.0 403 Forbidden", client, "REGISTER"});
  add({"INVITE sip:a@203.0.113.1 SIP/2.0", server, "INVITE", {}, answer});
  add({"INVITE sip:a@10.0.1.2 SIP/2.0", client, "INVITE", {}, session(client, {})});
  all.push_back(bytes_of("INVITE sip:b@198.51.100.9 SIP/2.0\r\nContent-Length: 0\r\n\r\n"));
  all.push_back(bytes_of("INVITE sip:b@198.51.100.9 SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n" + offer));
  return all;
}

std::vector<Bytes> pptp_messages() {
  std::vector<Bytes> all{pptp(1, 156, 0, 0), pptp(2, 156, 0, 0), pptp(7, 168, 7, 0),
                         pptp(8, 32, 9, 7),  pptp(9, 220, 9, 0), pptp(10, 24, 7, 9),
                         pptp(11, 28, 7, 0), pptp(12, 16, 7, 0), pptp(13, 148, 9, 0),
                         pptp(14, 40, 7, 0), pptp(15, 24, 9, 0), pptp(8, 32, 9, 5),
                         pptp(7, 12, 0, 0)};
  all.push_back(pptp(7, 168, 7, 0));
  all.back()[4] = 0;  // another cookie
  all.push_back(pptp(8, 32, 9, 7));
  all.back()[16] = 2;  // the call failed
  return all;
}

/// What each helper reads, in the order in which it is usually said.
std::vector<Bytes> lines_for(Reader reader) {
  std::vector<Bytes> all;
  const auto say = [&](std::initializer_list<std::string_view> lines) {
    for (const auto line : lines)
      all.push_back(bytes_of(line));
  };
  switch (reader) {
    case Reader::nobody:
      // A message of NTP's size is nothing to anybody.
      return {{},        bytes_of("ping"), bytes_of("odd"), filled(100),
              filled(1), filled(8),        filled(1000),    filled(1472)};
    case Reader::ftp:
      say({"PORT 10,0,1,2,19,137\r\n", "227 Entering Passive Mode (198,51,100,9,19,137)\r\n",
           "EPRT |1|10.0.1.2|5001|\r\n", "229 Extended Passive (|||5001|)\r\n",
           "EPRT |2|fd00:1::2|5001|\r\n", "PORT 10,0,1,3,0,80\r\n", "PORT 10,0,1,2,19,13",
           "227 now 198,51,100,9,19,137\r\n", "PORT 10,0,1,2,19,300\r\n", "PORT 10,0,x\r\n",
           "EPRT !1!10.0.1.2!5001!\r\n", "NOOP\r\n", "POR"});
      break;
    case Reader::tftp:
      say({"\0\1file\0octet\0"sv, "\0\2file\0netascii\0"sv, "\0\3\0\1data"sv});
      break;
    case Reader::irc:
      say({"PRIVMSG b :\1DCC SEND f 167772418 5001 10\1\r\n",
           "PRIVMSG b :\1DCC CHAT chat 3405803777 5001\1\r\n",
           "PRIVMSG b :\1DCC SEND f 167772418 99999 1\1\r\n",
           "PRIVMSG b :\1DCC SEND f 167772418 5001 10"});
      break;
    case Reader::amanda:
      say({"CONNECT DATA 5001 MESG 5002 INDEX 5003\n", "CONNECT DATA 99999 MESG 5002\n"});
      break;
    case Reader::pptp:
      return pptp_messages();
    case Reader::sip:
      return sip_messages();
  }
  return all;
}

/// Those that nobody reads come first, where the common ones stand.
struct Payloads {
  std::vector<Bytes> all;
  std::array<PayloadRange, reader_count> of{};

  Payloads() {
    for (std::size_t i = 0; i < reader_count; ++i) {
      auto lines = lines_for(static_cast<Reader>(i));
      of[i] = {.first = all.size(), .count = lines.size()};
      std::ranges::move(lines, std::back_inserter(all));
    }
    all.push_back(filled(4000));
  }
};
const Payloads& payloads() {
  static const Payloads made;
  return made;
}

}  // namespace

wire::ByteView payload(std::uint8_t index) {
  const auto& all = payloads().all;
  return all[index % all.size()];
}

std::size_t payload_count() {
  return payloads().all.size();
}

std::size_t large_payload() {
  return payload_count() - 1;
}

PayloadRange payloads_for(Reader reader) {
  return payloads().of[static_cast<std::size_t>(reader)];
}

}  // namespace natstep::fuzz
