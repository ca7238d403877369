// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wire/text_chunks.h"

#include "model/wire/sctp.h"
#include "model/wire/text_node.h"

#include <algorithm>
#include <array>
#include <limits>

namespace natstep::wire::text {
namespace {

/// A fixed field of a chunk; `at` counts from behind the chunk header.
struct ChunkField {
  std::string_view word;
  std::size_t at = 0;
  std::size_t size = 4;  // bytes
  std::uint32_t usual = 0;
};

/// A type of chunk: its fixed fields stand in front of the value.
struct ChunkKind {
  std::string_view word;
  std::uint8_t type = 0;
  std::uint8_t usual_flags = 0;
  std::size_t fixed = 0;  // bytes
  std::span<const ChunkField> fields{};
};

constexpr std::uint32_t usual_window = 65535;
constexpr std::uint32_t usual_streams = 10;
constexpr std::uint8_t whole_message = 3;  // the first and the last fragment in one, RFC 9260 3.3.1

constexpr std::array init_fields{ChunkField{"tag", 0, 4, 0}, ChunkField{"rwnd", 4, 4, usual_window},
                                 ChunkField{"os", 8, 2, usual_streams},
                                 ChunkField{"mis", 10, 2, usual_streams},
                                 ChunkField{"tsn", 12, 4, 0}};
constexpr std::array data_fields{ChunkField{"tsn", 0, 4, 0}, ChunkField{"sid", 4, 2, 0},
                                 ChunkField{"ssn", 6, 2, 0}, ChunkField{"ppid", 8, 4, 0}};
constexpr std::array sack_fields{ChunkField{"tsn", 0, 4, 0}, ChunkField{"rwnd", 4, 4, usual_window},
                                 ChunkField{"gaps", 8, 2, 0}, ChunkField{"dups", 10, 2, 0}};
constexpr std::array tsn_field{ChunkField{"tsn", 0, 4, 0}};

constexpr std::array kinds{
    ChunkKind{"DATA", sctp::data, whole_message, 12, data_fields},
    ChunkKind{"INIT", sctp::init, 0, 16, init_fields},
    ChunkKind{"INIT_ACK", sctp::init_ack, 0, 16, init_fields},
    ChunkKind{"SACK", sctp::sack, 0, 12, sack_fields},
    ChunkKind{"HEARTBEAT", sctp::heartbeat},
    ChunkKind{"HEARTBEAT_ACK", sctp::heartbeat_ack},
    ChunkKind{"ABORT", sctp::abort},
    ChunkKind{"SHUTDOWN", sctp::shutdown, 0, 4, tsn_field},
    ChunkKind{"SHUTDOWN_ACK", sctp::shutdown_ack},
    ChunkKind{"ERROR", sctp::error},
    ChunkKind{"COOKIE_ECHO", sctp::cookie_echo},
    ChunkKind{"COOKIE_ACK", sctp::cookie_ack},
    ChunkKind{"ECNE", sctp::ecne, 0, 4, tsn_field},
    ChunkKind{"CWR", sctp::cwr, 0, 4, tsn_field},
    ChunkKind{"SHUTDOWN_COMPLETE", sctp::shutdown_complete},
    ChunkKind{"CHUNK", 255},  // any other type; `type N` says which
};

constexpr std::string_view raw_word = "raw";
constexpr std::string_view reflected_word = "T";

constexpr auto make_words() {
  std::array<std::string_view, kinds.size() + 1> words{};
  for (std::size_t i = 0; i < kinds.size(); ++i)
    words[i] = kinds[i].word;
  words.back() = raw_word;
  return words;
}
constexpr auto all_words = make_words();

const ChunkKind& kind_of(std::uint8_t type) {
  const auto found = std::ranges::find(kinds, type, &ChunkKind::type);
  return found == kinds.end() ? kinds.back() : *found;
}

std::uint32_t take_number(Lexer& lexer, const Token& word, std::uint32_t max) {
  const Token token = lexer.take();
  const auto value = parse_number(token.text);
  if (!value) fail(token.offset, in_code(word.text) + " needs a number");
  if (*value > max) {
    fail(token.offset, in_code(word.text) + " " + std::string(token.text) + " is out of range",
         "0 to " + std::to_string(max));
  }
  return static_cast<std::uint32_t>(*value);
}

void store(Bytes& bytes, const ChunkField& field, std::uint32_t value) {
  std::uint8_t* at = &bytes[sctp::chunk_size + field.at];
  field.size == 4 ? store_be32(at, value) : store_be16(at, static_cast<std::uint16_t>(value));
}

std::uint32_t load(ByteView value, const ChunkField& field) {
  return field.size == 4 ? load_be32(&value[field.at]) : load_be16(&value[field.at]);
}

/// A chunk while it is read.
struct Draft {
  const ChunkKind& kind;
  Bytes bytes;
  std::optional<std::uint16_t> length{};
};

Draft begin(const ChunkKind& kind) {
  Draft draft{.kind = kind, .bytes = Bytes(sctp::chunk_size + kind.fixed)};
  draft.bytes[sctp::chunk_type] = kind.type;
  draft.bytes[sctp::chunk_flags] = kind.usual_flags;
  for (const ChunkField& field : kind.fields)
    store(draft.bytes, field, field.usual);
  return draft;
}

/// One word that belongs to the chunk, with its number.
bool take_field(Lexer& lexer, Draft& draft) {
  if (lexer.peek().kind != Token::Kind::word) return false;
  const std::string_view word = lexer.peek().text;
  const auto field = std::ranges::find(draft.kind.fields, word, &ChunkField::word);
  const auto known = {std::string_view("flags"), std::string_view("type"), std::string_view("len"),
                      reflected_word};
  if (field == draft.kind.fields.end() && std::ranges::find(known, word) == known.end())
    return false;
  const Token token = lexer.take();
  if (word == reflected_word) {
    draft.bytes[sctp::chunk_flags] |= sctp::reflected_tag;
  } else if (word == "flags") {
    draft.bytes[sctp::chunk_flags] = static_cast<std::uint8_t>(take_number(lexer, token, 0xff));
  } else if (word == "type") {
    draft.bytes[sctp::chunk_type] = static_cast<std::uint8_t>(take_number(lexer, token, 0xff));
  } else if (word == "len") {
    draft.length = static_cast<std::uint16_t>(take_number(lexer, token, 0xffff));
  } else {
    const std::uint32_t max =
        field->size == 4 ? std::numeric_limits<std::uint32_t>::max() : 0xffffu;
    store(draft.bytes, *field, take_number(lexer, token, max));
  }
  return true;
}

Bytes take_hex(Lexer& lexer) {
  const Token token = lexer.take();
  const auto bytes = token.kind == Token::Kind::word ? parse_hex(token.text) : std::nullopt;
  if (!bytes) fail(token.offset, "expected pairs of hex digits", "as in hex 00ff");
  return *bytes;
}

/// The value behind the fixed fields: "text", hex 00ff or payload N.
bool take_value(Lexer& lexer, Draft& draft) {
  Bytes value;
  if (lexer.peek().kind == Token::Kind::string) {
    value = lexer.take().bytes;
  } else if (lexer.at_word("hex")) {
    lexer.take();
    value = take_hex(lexer);
  } else if (lexer.at_word("payload")) {
    constexpr std::uint32_t longest = 65000;
    const Token word = lexer.take();
    value = generated_payload(take_number(lexer, word, longest));
  } else {
    return false;
  }
  draft.bytes.insert(draft.bytes.end(), value.begin(), value.end());
  return true;
}

std::string number_text(const ChunkField& field, std::uint32_t value) {
  if (field.word != "tag") return std::to_string(value);
  return print_value(info(Field::sctp_vtag), value);
}

std::string print_flags(const ChunkKind& kind, std::uint8_t flags) {
  if (flags == kind.usual_flags) return {};
  const bool may_reflect = kind.type == sctp::abort || kind.type == sctp::shutdown_complete;
  if (may_reflect && flags == sctp::reflected_tag) return ' ' + std::string(reflected_word);
  return " flags " + std::to_string(flags);
}

std::string print_chunk(const SctpChunk& chunk) {
  const ChunkKind& kind = kind_of(chunk.type);
  std::string text(kind.word);
  if (kind.word == kinds.back().word) text += " type " + std::to_string(chunk.type);
  text += print_flags(kind, chunk.flags);
  for (const ChunkField& field : kind.fields) {
    const std::uint32_t value = load(chunk.rest, field);
    if (value != field.usual)
      text += ' ' + std::string(field.word) + ' ' + number_text(field, value);
  }
  const ByteView value =
      chunk.rest.subspan(kind.fixed, chunk.length - sctp::chunk_size - kind.fixed);
  return value.empty() ? text : text + ' ' + print_payload(value);
}

/// Whether the notation's words for the chunk would build its bytes again.
bool is_regular(const SctpChunk& chunk) {
  if (chunk.length < sctp::chunk_size + kind_of(chunk.type).fixed) return false;
  const std::size_t end = chunk.length - sctp::chunk_size;
  const std::size_t padded_end = sctp::padded(chunk.length) - sctp::chunk_size;
  if (padded_end > chunk.rest.size()) return false;
  return std::ranges::all_of(chunk.rest.subspan(end, padded_end - end),
                             [](std::uint8_t b) { return b == 0; });
}

}  // namespace

std::optional<Bytes> parse_chunk(Lexer& lexer, const Token& word) {
  if (word.text == raw_word) return take_hex(lexer);
  const auto kind = std::ranges::find(kinds, word.text, &ChunkKind::word);
  if (kind == kinds.end()) return std::nullopt;
  Draft draft = begin(*kind);
  while (take_field(lexer, draft)) {
  }
  take_value(lexer, draft);
  const std::size_t size = draft.bytes.size();
  store_be16(&draft.bytes[sctp::chunk_length],
             draft.length.value_or(static_cast<std::uint16_t>(size)));
  draft.bytes.resize(sctp::padded(size));
  return std::move(draft.bytes);
}

std::span<const std::string_view> chunk_words() {
  return all_words;
}

std::vector<std::string> print_chunks(ByteView chunks) {
  std::vector<std::string> texts;
  SctpChunkReader reader(chunks);
  while (!reader.rest().empty()) {
    const ByteView here = reader.rest();
    const auto chunk = reader.next();
    if (!chunk || !is_regular(*chunk)) {
      texts.push_back(std::string(raw_word) + ' ' + print_hex(here));
      return texts;
    }
    texts.push_back(print_chunk(*chunk));
  }
  return texts;
}

}  // namespace natstep::wire::text
