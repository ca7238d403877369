// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/result.h"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace natstep::harness {

// Found by nlohmann::json through argument-dependent lookup. Packets' bytes can be part of a text,
// so texts travel as binary values (CBOR byte strings): JSON strings would have to be UTF-8.
namespace {

using nlohmann::json;

json binary(const std::string& text) {
  return json::binary({text.begin(), text.end()});
}
std::string text(const json& value) {
  const auto& bytes = value.get_binary();
  return {bytes.begin(), bytes.end()};
}

json to_json(const Finding& f) {
  return {static_cast<int>(f.aspect), binary(f.subject), binary(f.sent), binary(f.model),
          binary(f.kernel),           binary(f.script),  f.pos.line,     f.pos.column};
}

Finding finding_from(const json& j) {
  return {.aspect = static_cast<Aspect>(j.at(0).get<int>()),
          .subject = text(j.at(1)),
          .sent = text(j.at(2)),
          .model = text(j.at(3)),
          .kernel = text(j.at(4)),
          .script = text(j.at(5)),
          .pos = {.line = j.at(6), .column = j.at(7)}};
}

json to_json(const std::vector<std::string>& texts) {
  json list = json::array();
  for (const std::string& each : texts)
    list.push_back(binary(each));
  return list;
}
std::vector<std::string> texts(const json& list) {
  std::vector<std::string> out;
  for (const json& each : list)
    out.push_back(text(each));
  return out;
}

json to_json(const DeviationShown& shown) {
  return {static_cast<int>(shown.where),
          static_cast<int>(shown.clause),
          shown.pos.line,
          shown.pos.column,
          binary(shown.law),
          binary(shown.sent),
          to_json(shown.seen),
          to_json(shown.bytes),
          to_json(shown.differences),
          to_json(shown.profiles)};
}

DeviationShown deviation_from(const json& j) {
  return {.where = static_cast<DeviationShown::Where>(j.at(0).get<int>()),
          .clause = static_cast<model::Clause>(j.at(1).get<int>()),
          .pos = {.line = j.at(2), .column = j.at(3)},
          .law = text(j.at(4)),
          .sent = text(j.at(5)),
          .seen = texts(j.at(6)),
          .bytes = texts(j.at(7)),
          .differences = texts(j.at(8)),
          .profiles = texts(j.at(9))};
}

json to_json(const Shortfall& shortfall) {
  return {shortfall.pos.line,       shortfall.pos.column,   binary(shortfall.asked),
          binary(shortfall.kernel), binary(shortfall.sent), to_json(shortfall.seen),
          to_json(shortfall.bytes)};
}

Shortfall shortfall_from(const json& j) {
  return {.pos = {.line = j.at(0), .column = j.at(1)},
          .asked = text(j.at(2)),
          .kernel = text(j.at(3)),
          .sent = text(j.at(4)),
          .seen = texts(j.at(5)),
          .bytes = texts(j.at(6))};
}

template <typename Values>
json list_of(const Values& values) {
  json list = json::array();
  for (const auto& value : values)
    list.push_back(to_json(value));
  return list;
}

}  // namespace

std::string encode(const Result& result) {
  const json message = {{"path", binary(result.path)},
                        {"area", binary(result.area)},
                        {"verdict", static_cast<int>(result.verdict)},
                        {"reason", binary(result.reason)},
                        {"report", binary(result.report)},
                        {"suspect", binary(result.suspect)},
                        {"artefacts", binary(result.artefacts)},
                        {"diagnostic", binary(result.diagnostic)},
                        {"trouble", binary(result.trouble)},
                        {"deviations", list_of(result.deviations)},
                        {"shortfalls", list_of(result.shortfalls)},
                        {"findings", list_of(result.findings)},
                        {"clauses", result.clauses.to_string()},
                        {"behaviour", binary(result.behaviour)},
                        {"pins_speak", result.pins_speak},
                        {"steps", result.steps},
                        {"rules", result.rules},
                        {"packets", result.packets},
                        {"seconds", result.seconds}};
  std::string out;
  json::to_cbor(message, out);
  return out;
}

Result decode(const std::string& message) {
  const json j = json::from_cbor(message);
  Result result{.path = text(j.at("path")),
                .area = text(j.at("area")),
                .verdict = static_cast<Verdict>(j.at("verdict").get<int>()),
                .reason = text(j.at("reason")),
                .report = text(j.at("report")),
                .suspect = text(j.at("suspect")),
                .artefacts = text(j.at("artefacts")),
                .diagnostic = text(j.at("diagnostic")),
                .trouble = text(j.at("trouble")),
                .deviations = {},
                .shortfalls = {},
                .findings = {},
                .clauses = model::ClauseSet(j.at("clauses").get<std::string>()),
                .behaviour = text(j.at("behaviour")),
                .pins_speak = j.at("pins_speak"),
                .steps = j.at("steps"),
                .rules = j.at("rules"),
                .packets = j.at("packets"),
                .seconds = j.at("seconds")};
  for (const json& finding : j.at("findings"))
    result.findings.push_back(finding_from(finding));
  for (const json& shown : j.at("deviations"))
    result.deviations.push_back(deviation_from(shown));
  for (const json& shortfall : j.at("shortfalls"))
    result.shortfalls.push_back(shortfall_from(shortfall));
  return result;
}

Result without_outcome(const ScenarioFile& file, Verdict verdict, std::string reason) {
  Result result;
  result.path = file.path;
  result.area = file.area;
  result.verdict = verdict;
  result.reason = std::move(reason);
  result.report = fmt::format("{}  {}: {}\n", to_string(verdict), result.path, result.reason);
  return result;
}

}  // namespace natstep::harness
