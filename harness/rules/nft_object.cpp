// SPDX-License-Identifier: GPL-2.0-or-later
// Source: libnftables-json(5) section CT OBJECTS.
#include "harness/rules/nft_object.h"

#include "harness/rules/rule_values.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

namespace natstep::harness {
namespace {

using nlohmann::json;
using Object = std::optional<model::Statement>;
using Timeouts = model::Settings::Timeouts;

std::optional<std::uint8_t> protocol_of(const json& object) {
  return protocol_number(object.at("protocol").get<std::string>());
}

wire::AddressFamily helped_family(const std::string& word) {
  if (word == "ip") return wire::AddressFamily::ipv4;
  return word == "ip6" ? wire::AddressFamily::ipv6 : wire::AddressFamily::none;
}

Object read_helper(const json& object) {
  const auto kind = model::find_helper(object.at("type").get<std::string>());
  const auto protocol = protocol_of(object);
  if (!kind || !protocol) return std::nullopt;
  return model::HelperStatement{.kind = *kind,
                                .protocol = *protocol,
                                .family = helped_family(object.value("l3proto", "inet"))};
}

/// The states of nft's policies; those of one protocol have no name in common with the other's.
struct State {
  std::string_view name;
  std::uint32_t Timeouts::*timeout;
};
constexpr std::array states{
    State{"unreplied", &Timeouts::udp},
    State{"replied", &Timeouts::udp_stream},
    State{"syn_sent", &Timeouts::tcp_syn_sent},
    State{"syn_recv", &Timeouts::tcp_syn_recv},
    State{"established", &Timeouts::tcp_established},
    State{"fin_wait", &Timeouts::tcp_fin_wait},
    State{"close_wait", &Timeouts::tcp_close_wait},
    State{"last_ack", &Timeouts::tcp_last_ack},
    State{"time_wait", &Timeouts::tcp_time_wait},
    State{"close", &Timeouts::tcp_close},
    State{"syn_sent2", &Timeouts::tcp_syn_sent2},
    State{"retrans", &Timeouts::tcp_max_retrans},
    State{"unack", &Timeouts::tcp_unacknowledged},
};

/// What the listing leaves out has nft's default, which is the kernel's.
Object read_timeouts(const json& object) {
  const auto protocol = protocol_of(object);
  if (!protocol) return std::nullopt;
  Timeouts timeouts;
  const json policy = object.value("policy", json::object());
  for (const auto& [name, seconds] : policy.items()) {
    const auto state = std::ranges::find(states, name, &State::name);
    if (state == states.end()) return std::nullopt;
    timeouts.*(state->timeout) = seconds.get<std::uint32_t>();
  }
  return model::TimeoutStatement{.protocol = *protocol,
                                 .timeouts = std::make_shared<const Timeouts>(timeouts)};
}

/// nft counts in milliseconds, and the kernel takes its number for seconds.
Object read_expectation(const json& object) {
  const auto protocol = protocol_of(object);
  if (!protocol || object.at("family") != object.value("l3proto", "")) return std::nullopt;
  return model::ExpectationStatement{.protocol = *protocol,
                                     .port = object.at("dport").get<std::uint16_t>(),
                                     .timeout = object.at("timeout").get<std::uint32_t>(),
                                     .size = object.at("size").get<std::uint32_t>()};
}

}  // namespace

Object read_nft_object(const std::string& kind, const json& object) {
  if (kind == "ct helper") return read_helper(object);
  return kind == "ct timeout" ? read_timeouts(object) : read_expectation(object);
}

}  // namespace natstep::harness
