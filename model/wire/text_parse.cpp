// SPDX-License-Identifier: GPL-2.0-or-later
// From the notation to a packet text. The grammar stands in text.cpp.
#include "model/wire/address.h"
#include "model/wire/dccp.h"
#include "model/wire/icmpv4.h"
#include "model/wire/ipv4.h"
#include "model/wire/tcp.h"
#include "model/wire/text_chunks.h"
#include "model/wire/text_extensions.h"
#include "model/wire/text_lexer.h"
#include "model/wire/text_node.h"
#include "model/wire/text_options.h"
#include "model/wire/text_values.h"
#include "model/wire/text_words.h"

#include <algorithm>
#include <array>
#include <utility>

namespace natstep::wire {
namespace text {
namespace {

constexpr std::size_t max_options_size = 40;  // what a header length of 15 words leaves
constexpr std::uint64_t max_payload_size = 65535;

AddressFamily other_family(AddressFamily family) {
  return family == AddressFamily::ipv6 ? AddressFamily::ipv4 : AddressFamily::ipv6;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) {}

  Node packet(int depth);
  [[nodiscard]] const Token& next() const { return lexer_.peek(); }

 private:
  Kind first_word();
  Node frame();
  void endpoints(Node& node);
  void endpoint(Node& node, Address& address, Field port);
  void port(Node& node, Field field, const Token& token, const EndpointText& endpoint);
  void check_families(const Node& node, const Address& address, const Token& at);
  void check_leftovers(const Node& node);
  void content(Node& node, int depth);
  bool field(Node& node, const Token& word);
  bool type_word(Node& node, const Token& word);
  bool tcp_word(Node& node, const Token& word);
  bool chunk_word(Node& node, const Token& word);
  bool bytes_word(Node& node, const Token& word);
  bool ip_options(Node& node, const Token& word);
  bool extension(Node& node, const Token& word);
  [[noreturn]] void unknown(const Node& node, const Token& word);
  void quoted_packet(Node& node, const Token& open, int depth);

  Bytes hex_bytes();
  Bytes hex_after_word();
  void zeros_behind(Node& node, const Token& word);
  std::uint32_t payload_size(const Token& word);

  void mention(Node& node, Field field, Value value, const Token& at);
  void mention(std::optional<Bytes>& part, Bytes bytes, const Token& at);

  Lexer lexer_;
};

Node Parser::packet(int depth) {
  const std::size_t begin = next().offset;
  if (depth > max_nesting) {
    fail(begin, "packets are nested more than " + std::to_string(max_nesting) + " deep");
  }
  Node node;
  node.kind = first_word();
  if (node.kind == Kind::hex) return frame();
  endpoints(node);
  content(node, depth);
  check_leftovers(node);
  return node;
}

/// What has been mentioned without the thing that it belongs to.
void Parser::check_leftovers(const Node& node) {
  if (node.find(Field::pad) != nullptr && !node.embedded) {
    fail(node.find(Field::pad)->offset, "`pad` follows a quoted packet, and there is none",
         "a quoted packet stands in [ ... ]");
  }
  if (node.find(Field::fragment6_id) != nullptr && node.find(Field::fragment6) == nullptr) {
    fail(node.find(Field::fragment6_id)->offset,
         "an IPv6 packet has an `ip-id` only in a fragment header", "as in frag 0+ ip-id 7");
  }
}

Kind Parser::first_word() {
  const Token token = lexer_.take();
  if (token.kind == Token::Kind::end || token.kind == Token::Kind::close)
    fail(token.offset, "a packet is missing", kind_list());
  if (token.kind == Token::Kind::word) {
    if (const auto kind = kind_of(token.text)) return *kind;
  }
  std::string guess = did_you_mean(token.text, kind_words());
  if (guess.empty()) guess = "a packet begins with " + kind_list();
  fail(token.offset, "unknown protocol " + in_code(token.text), std::move(guess));
}

/// A whole frame in hex, in as many words as one likes.
Node Parser::frame() {
  Node node;
  node.payload = hex_bytes();
  while (next().kind == Token::Kind::word) {
    const Bytes more = hex_bytes();
    node.payload->insert(node.payload->end(), more.begin(), more.end());
  }
  return node;
}

void Parser::endpoints(Node& node) {
  const bool tcp = node.kind == Kind::tcp;
  endpoint(node, node.src, tcp ? Field::tcp_src_port : Field::udp_src_port);
  const Token arrow = lexer_.take();
  if (arrow.kind != Token::Kind::arrow) {
    fail(arrow.offset, "expected `>` between source and destination", "SOURCE > DESTINATION");
  }
  endpoint(node, node.dst, tcp ? Field::tcp_dst_port : Field::udp_dst_port);
}

void Parser::endpoint(Node& node, Address& address, Field port_field) {
  const Token token = lexer_.take();
  if (token.kind != Token::Kind::word) fail(token.offset, "expected an address");
  const EndpointText endpoint = cut_endpoint(token.text);
  Token host = token;
  host.text = endpoint.host;
  host.offset += endpoint.host_offset;
  address = parse_address(host);
  check_families(node, address, token);
  if (has_ports(node.kind)) return port(node, port_field, token, endpoint);
  if (endpoint.port) {
    const auto colon = static_cast<std::size_t>(endpoint.port->data() - token.text.data()) - 1;
    fail(token.offset + colon, std::string(to_string(node.kind)) + " has no ports",
         "write the address alone");
  }
}

void Parser::check_families(const Node& node, const Address& address, const Token& at) {
  const AddressFamily wanted = family_of(node.kind);
  const std::string kind(to_string(node.kind));
  if (wanted != AddressFamily::none && wanted != address.family) {
    const bool ipv6 = wanted == AddressFamily::ipv6;
    fail(at.offset, kind + " goes between " + (ipv6 ? "IPv6" : "IPv4") + " addresses",
         "did you mean " + in_code(ipv6 ? kind.substr(0, kind.size() - 1) : kind + "6") + "?");
  }
  if (node.src.family != address.family) {
    fail(at.offset, "source and destination are of different families");
  }
}

void Parser::port(Node& node, Field field, const Token& token, const EndpointText& endpoint) {
  if (!endpoint.port) {
    const std::string host(endpoint.host);
    const bool ipv6 = host.find(':') != std::string::npos;
    fail(token.offset + token.text.size(), std::string(to_string(node.kind)) + " needs a port",
         "as in " + (ipv6 ? '[' + host + ']' : host) + ":53");
  }
  Token digits = token;
  digits.text = *endpoint.port;
  digits.offset += static_cast<std::size_t>(endpoint.port->data() - token.text.data());
  node.set(field, parse_number_value(info(field), digits));
}

/// Everything behind the endpoints, in any order.
void Parser::content(Node& node, int depth) {
  for (;;) {
    if (next().kind == Token::Kind::end || next().kind == Token::Kind::close) return;
    Token token = lexer_.take();
    switch (token.kind) {
      case Token::Kind::string:
        mention(node.payload, std::move(token.bytes), token);
        break;
      case Token::Kind::open:
        quoted_packet(node, token, depth);
        break;
      case Token::Kind::arrow:
        fail(token.offset, "unexpected `>`");
      default:
        if (!extension(node, token) && !field(node, token) && !type_word(node, token) &&
            !tcp_word(node, token) && !chunk_word(node, token) && !bytes_word(node, token)) {
          unknown(node, token);
        }
    }
  }
}

bool Parser::field(Node& node, const Token& word) {
  const bool ipv6 = node.family() == AddressFamily::ipv6;
  if (word.text == "mf" && !ipv6) {  // short for a first fragment
    mention(node, Field::fragment, {.number = ipv4::mf, .offset = word.offset}, word);
    return true;
  }
  const FieldInfo* found = find_field(node.kind, node.family(), word.text);
  if (found == nullptr) return false;
  mention(node, found->field, parse_value(lexer_, *found), word);
  return true;
}

bool Parser::type_word(Node& node, const Token& word) {
  const auto type = node.kind == Kind::dccp ? dccp::type_of(word.text) : std::nullopt;
  if (type) mention(node, Field::dccp_type, {.number = *type, .offset = word.offset}, word);
  if (type) return true;
  const auto names = icmp_names(node.kind);
  const auto found = std::ranges::find(names, word.text, &icmp::Name::word);
  if (found == names.end()) return false;
  mention(node, Field::icmp_type, {.number = found->type, .offset = word.offset}, word);
  mention(node, Field::icmp_code, {.number = found->code, .offset = word.offset}, word);
  return true;
}

bool Parser::tcp_word(Node& node, const Token& word) {
  if (node.kind != Kind::tcp) return false;
  if (looks_like_flags(word.text)) {
    mention(node, Field::tcp_flags, parse_flags(info(Field::tcp_flags), word), word);
    return true;
  }
  const auto option = parse_option(lexer_, word);
  if (!option) return false;
  if (!node.tcp_options) node.tcp_options.emplace();
  node.tcp_options->insert(node.tcp_options->end(), option->begin(), option->end());
  if (node.tcp_options->size() > max_options_size) {
    fail(word.offset, "TCP options take more than 40 bytes");
  }
  return true;
}

bool Parser::chunk_word(Node& node, const Token& word) {
  if (node.kind != Kind::sctp) return false;
  const auto chunk = parse_chunk(lexer_, word);
  if (!chunk) return false;
  if (!node.chunks) node.chunks.emplace();
  node.chunks->insert(node.chunks->end(), chunk->begin(), chunk->end());
  if (node.chunks->size() > max_payload_size) fail(word.offset, "the chunks are too long");
  return true;
}

bool Parser::bytes_word(Node& node, const Token& word) {
  if (word.text == "hex") {
    mention(node.payload, hex_bytes(), word);
  } else if (word.text == "payload") {
    mention(node.payload, generated_payload(payload_size(word)), word);
  } else if (word.text == "zeros") {
    zeros_behind(node, word);
  } else if (word.text == "trailer") {
    mention(node.trailer, hex_after_word(), word);
  } else if (word.text == "before" && is_icmp(node.kind)) {
    mention(node.before, hex_after_word(), word);
  } else {
    return ip_options(node, word);
  }
  return true;
}

/// What fills a long message up: `hex 00ff zeros 100`.
void Parser::zeros_behind(Node& node, const Token& word) {
  if (!node.payload) {
    fail(word.offset, "`zeros` stands behind a payload", "as in hex 00ff zeros 100");
  }
  node.payload->resize(node.payload->size() + payload_size(word));
  if (node.payload->size() > max_payload_size) fail(word.offset, "the payload is too long");
}

bool Parser::ip_options(Node& node, const Token& word) {
  if (word.text != "ip-options" || node.family() != AddressFamily::ipv4) return false;
  mention(node.ip_options, hex_after_word(), word);
  if (node.ip_options->size() > max_options_size) {
    fail(word.offset, "IP options take more than 40 bytes");
  }
  return true;
}

/// An extension header, or the field that stands for a plain fragment header.
bool Parser::extension(Node& node, const Token& word) {
  if (node.family() != AddressFamily::ipv6) return false;
  if (begins_extension(lexer_, word.text)) {
    node.extensions.push_back(parse_extension(lexer_, word));
    return true;
  }
  if (word.text == "mf") {  // short for a first fragment
    mention(node, Field::fragment6, {.number = ipv6::fragment::mf, .offset = word.offset}, word);
  } else if (word.text == info(Field::fragment6).word) {
    const FieldInfo& field = info(Field::fragment6);
    mention(node, Field::fragment6, parse_value(lexer_, field), word);
  } else {
    return false;
  }
  Ipv6Extension& fragment = node.extensions.emplace_back();
  fragment.protocol = ip_protocol::fragment;
  parse_odd_bytes(lexer_, fragment);
  return true;
}

void Parser::unknown(const Node& node, const Token& word) {
  const auto has = [&word](Kind kind, AddressFamily family) {
    return std::ranges::count(words_of(kind, family), word.text) != 0;
  };
  const std::string kind(to_string(node.kind));
  for (const Kind other : all_kinds) {
    if (!has(other, node.family())) continue;
    fail(word.offset, kind + " has no field " + in_code(word.text),
         in_code(word.text) + " belongs to " + std::string(to_string(other)));
  }
  if (has(node.kind, other_family(node.family()))) {
    const auto own = counterpart(word.text);
    fail(word.offset,
         "an IP" + std::string(node.family() == AddressFamily::ipv6 ? "v6" : "v4") +
             " packet has no field " + in_code(word.text),
         own.empty() ? std::string{} : "did you mean " + in_code(own) + "?");
  }
  fail(word.offset, "unknown field " + in_code(word.text),
       did_you_mean(word.text, words_of(node.kind, node.family())));
}

void Parser::quoted_packet(Node& node, const Token& open, int depth) {
  if (!is_icmp(node.kind)) {
    fail(open.offset, "only icmp and icmp6 quote a packet",
         "icmp SRC > DST time-exceeded [ PACKET ]");
  }
  if (node.embedded) fail(open.offset, "a second quoted packet");
  node.embedded = std::make_shared<const Node>(packet(depth + 1));
  if (next().kind != Token::Kind::close) {
    fail(open.offset, "the quoted packet has no closing `]`");
  }
  lexer_.take();
}

Bytes Parser::hex_bytes() {
  const Token token = lexer_.take();
  const auto bytes = token.kind == Token::Kind::word ? parse_hex(token.text) : std::nullopt;
  if (bytes) return *bytes;
  fail(token.offset, "expected pairs of hex digits", "as in hex 00ff; hex - for no bytes");
}

/// `trailer hex 00` or, shorter, `trailer 00`.
Bytes Parser::hex_after_word() {
  if (lexer_.at_word("hex")) lexer_.take();
  return hex_bytes();
}

std::uint32_t Parser::payload_size(const Token& word) {
  const Token token = lexer_.take();
  const auto size = token.kind == Token::Kind::word ? parse_number(token.text) : std::nullopt;
  if (!size)
    fail(token.offset, in_code(word.text) + " needs a number of bytes", "as in payload 100");
  if (*size > max_payload_size) fail(token.offset, "the payload is too long", "0 to 65535 bytes");
  return static_cast<std::uint32_t>(*size);
}

void Parser::mention(Node& node, Field field, Value value, const Token& at) {
  if (node.find(field) != nullptr) {
    fail(at.offset,
         in_code(at.text) + " sets " + report_name(node.kind, info(field)) + " a second time");
  }
  node.set(field, std::move(value));
}

void Parser::mention(std::optional<Bytes>& part, Bytes bytes, const Token& at) {
  if (part) fail(at.offset, in_code(at.text) + " comes after another of its kind");
  part = std::move(bytes);
}

}  // namespace
}  // namespace text

Parsed<PacketText> parse_packet(std::string_view source, std::size_t& consumed) {
  try {
    text::Parser parser(source);
    auto root = std::make_shared<const text::Node>(parser.packet(0));
    if (parser.next().kind == text::Token::Kind::close) {
      text::fail(parser.next().offset, "unexpected `]`");
    }
    consumed = parser.next().offset;
    return PacketText(std::move(root));
  } catch (const text::Mistake& mistake) {
    return mistake.error;
  }
}

Parsed<PacketText> parse_packet(std::string_view source) {
  std::size_t consumed = 0;
  auto packet = parse_packet(source, consumed);
  if (packet && source.substr(consumed).starts_with("where")) {
    return TextError{.offset = consumed,
                     .message = "`where` does not belong here",
                     .hint = "conditions follow an `out` packet only"};
  }
  return packet;
}

}  // namespace natstep::wire
