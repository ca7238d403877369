// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/guest_channel.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace natstep::harness {
namespace {

using nlohmann::json;

constexpr std::string_view beginning = "natstep ";
/// No header is longer; what looks like one and has no end is none.
constexpr std::size_t longest_header = 64;

// Contents need not be UTF-8, so they travel as byte strings.
json binary(const std::string& text) {
  return json::binary({text.begin(), text.end()});
}
std::string text(const json& value) {
  const auto& bytes = value.get_binary();
  return {bytes.begin(), bytes.end()};
}

json to_json(const std::vector<GuestFile>& files) {
  json list = json::array();
  for (const GuestFile& file : files)
    list.push_back({binary(file.path), binary(file.content)});
  return list;
}
std::vector<GuestFile> files_from(const json& list) {
  std::vector<GuestFile> files;
  for (const json& file : list)
    files.push_back({.path = text(file.at(0)), .content = text(file.at(1))});
  return files;
}

/// "result 1450 at 8192", or without a place.
std::optional<FrameHeader> header_in(std::string_view line) {
  FrameHeader header;
  std::istringstream words{std::string(line)};
  std::string at;
  if (!(words >> header.kind >> header.size)) return std::nullopt;
  if (!(words >> at)) return header;
  std::size_t place = 0;
  if (at != "at" || !(words >> place)) return std::nullopt;
  header.place = place;
  return header;
}

std::string packed(const json& value) {
  std::string out;
  json::to_cbor(value, out);
  return out;
}

}  // namespace

std::string to_wire(const GuestFrame& frame, Mailbox* mailbox) {
  const bool worth_it = mailbox != nullptr && frame.payload.size() > longest_header;
  const auto place = worth_it ? mailbox->put(frame.payload) : std::nullopt;
  if (place)
    return fmt::format("{}{} {} at {}\n", beginning, frame.kind, frame.payload.size(), *place);
  return fmt::format("{}{} {}\n{}", beginning, frame.kind, frame.payload.size(), frame.payload);
}

std::optional<GuestFrame> FrameReader::next() {
  for (;;) {
    const auto at = buffer_.find(beginning);
    if (at == std::string::npos) return std::nullopt;
    buffer_.erase(0, at);
    const auto end = buffer_.find('\n');
    if (end == std::string::npos && buffer_.size() < longest_header) return std::nullopt;
    const auto header =
        end == std::string::npos
            ? std::nullopt
            : header_in(std::string_view(buffer_).substr(beginning.size(), end - beginning.size()));
    if (!header) {
      buffer_.erase(0, beginning.size());
      continue;
    }
    const std::size_t behind = header->place ? 0 : header->size;
    if (buffer_.size() - end - 1 < behind) return std::nullopt;
    auto payload = header->place ? letter(*header) : buffer_.substr(end + 1, header->size);
    buffer_.erase(0, end + 1 + behind);
    if (payload) return GuestFrame{.kind = header->kind, .payload = *std::move(payload)};
  }
}

std::optional<std::string> FrameReader::letter(const FrameHeader& header) const {
  if (mailbox_ == nullptr) return std::nullopt;
  return mailbox_->take(*header.place, header.size);
}

std::string encode(const ScenarioRequest& request) {
  return packed({binary(request.path), binary(request.area), to_json(request.files)});
}

ScenarioRequest decode_scenario(const std::string& payload) {
  const json j = json::from_cbor(payload);
  return {.path = text(j.at(0)), .area = text(j.at(1)), .files = files_from(j.at(2))};
}

std::string encode(const GuestOptions& options) {
  return packed({binary(options.folder), binary(options.profile), binary(options.broken),
                 binary(options.out), options.minimise, options.colour, options.other_profiles,
                 options.watch, binary(options.asked)});
}

GuestOptions decode_options(const std::string& payload) {
  const json j = json::from_cbor(payload);
  return {.folder = text(j.at(0)),
          .profile = text(j.at(1)),
          .broken = text(j.at(2)),
          .out = text(j.at(3)),
          .minimise = j.at(4),
          .colour = j.at(5),
          .other_profiles = j.at(6),
          .watch = j.at(7),
          .asked = text(j.at(8))};
}

std::string encode(const ScenarioReply& reply) {
  return packed({binary(reply.result), to_json(reply.files)});
}

ScenarioReply decode_reply(const std::string& payload) {
  const json j = json::from_cbor(payload);
  return {.result = text(j.at(0)), .files = files_from(j.at(1))};
}

std::string encode(const CommandRequest& request) {
  json words = json::array();
  for (const std::string& word : request.words)
    words.push_back(binary(word));
  return packed({binary(request.folder), std::move(words), to_json(request.files)});
}

CommandRequest decode_command(const std::string& payload) {
  const json j = json::from_cbor(payload);
  CommandRequest request{.folder = text(j.at(0)), .words = {}, .files = files_from(j.at(2))};
  for (const json& word : j.at(1))
    request.words.push_back(text(word));
  return request;
}

std::string encode(const CommandReply& reply) {
  return packed({reply.status, binary(reply.out), binary(reply.errors), to_json(reply.files)});
}

CommandReply decode_command_reply(const std::string& payload) {
  const json j = json::from_cbor(payload);
  return {.status = j.at(0),
          .out = text(j.at(1)),
          .errors = text(j.at(2)),
          .files = files_from(j.at(3))};
}

}  // namespace natstep::harness
