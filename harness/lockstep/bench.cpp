// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/lockstep/bench.h"

#include "harness/lockstep/check.h"
#include "harness/lockstep/convert.h"
#include "harness/lockstep/lockstep.h"
#include "harness/lockstep/prepare.h"
#include "harness/lockstep/resolve.h"
#include "harness/report/entry_text.h"
#include "harness/scenario/scenario_text.h"
#include "model/wire/ipv4.h"
#include "model/wire/text.h"
#include "model/wire/udp.h"

#include <array>
#include <cerrno>
#include <vector>

#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

namespace natstep::harness {
namespace {

using Clock = std::chrono::steady_clock;
using netns::EnvironmentError;

constexpr std::string_view scenario_text = R"(# One masquerading router.
topology router

nft {
  table ip nat {
    chain post {
      type nat hook postrouting priority srcnat;
      oifname "wan" masquerade
    }
  }
}

in lan udp 10.0.1.2:4000 > 198.51.100.9:53
)";

constexpr std::uint32_t client = 0x0a000102;  // 10.0.1.2
constexpr std::uint32_t server = 0xc6336409;  // 198.51.100.9
constexpr std::uint16_t first_port = 2000;
constexpr std::uint64_t flows_to_remember = 1'000'000;

wire::Bytes datagram(std::uint16_t source_port) {
  const wire::Bytes payload(32, 'x');
  wire::Bytes udp(wire::udp::size);
  wire::store_be16(&udp[wire::udp::src_port], source_port);
  wire::store_be16(&udp[wire::udp::dst_port], 53);
  wire::store_be16(&udp[wire::udp::length],
                   static_cast<std::uint16_t>(udp.size() + payload.size()));
  udp.insert(udp.end(), payload.begin(), payload.end());
  const auto seed = wire::pseudo_header_sum(client, server, wire::ip_protocol::udp, udp.size());
  wire::store_be16(&udp[wire::udp::checksum], wire::internet_checksum(udp, seed));
  wire::Ipv4Header ip;
  ip.src = client;
  ip.dst = server;
  ip.protocol = wire::ip_protocol::udp;
  return wire::build(ip, udp);
}

/// Time and packets of one of the two loops.
struct Meter {
  std::uint64_t packets = 0;
  Clock::duration time{};

  void add(std::uint64_t count, Clock::duration spent) {
    packets += count;
    time += spent;
  }
  [[nodiscard]] double rate() const {
    const auto seconds = std::chrono::duration<double>(time).count();
    return seconds > 0 ? static_cast<double>(packets) / seconds : 0;
  }
};

class Bench {
 public:
  Bench(netns::KernelDut& dut, const BenchOptions& options) : dut_(dut), options_(options) {}

  BenchResult run() {
    set_up();
    const std::vector<wire::Bytes> same(options_.slice, datagram(first_port));
    lockstep(same);
    result_.established = measure(same, [] {});
    forget_flows(same);
    std::vector<wire::Bytes> fresh;
    for (std::uint32_t i = 0; i < options_.slice; ++i) {
      fresh.push_back(datagram(static_cast<std::uint16_t>(first_port + i)));
    }
    result_.new_flow = measure(fresh, [&] { forget_flows(fresh); });
    remember_many(fresh);
    return result_;
  }

 private:
  void set_up();
  void bare(const std::vector<wire::Bytes>& packets) const;
  void lockstep(const std::vector<wire::Bytes>& packets);
  void model_alone(const std::vector<wire::Bytes>& packets);
  void remember_many(const std::vector<wire::Bytes>& packets);
  void compare_frames();
  void compare_entries(double slice_seconds);
  void forget_flows(const std::vector<wire::Bytes>& packets);
  template <typename CleanUp>
  BenchFigures measure(const std::vector<wire::Bytes>& packets, CleanUp&& clean_up);

  netns::KernelDut& dut_;
  const BenchOptions& options_;
  BenchResult result_;
  model::State state_;
  model::PortId lan_ = 0;
  model::PortId wan_ = 0;
  netns::Observation observation_;
  model::Prediction prediction_;
};

void Bench::set_up() {
  const auto scenario = parse_scenario(scenario_text, "bench");
  if (!scenario)
    throw EnvironmentError(EnvironmentError::Kind::failed, to_string(scenario.error()));
  Outcome outcome;
  LockstepOptions options;
  options.profile = options_.profile;
  options.detail = model::WalkDetail::none;
  options.taps = false;
  if (!prepare(*scenario, options, dut_, state_, outcome)) {
    throw EnvironmentError(EnvironmentError::Kind::failed,
                           outcome.diagnostic ? to_string(*outcome.diagnostic) : outcome.reason);
  }
  lan_ = state_.topology.find_port("lan").value();
  wan_ = state_.topology.find_port("wan").value();
}

/// The yardstick: what the kernel alone costs.
void Bench::bare(const std::vector<wire::Bytes>& packets) const {
  const int in = dut_.tun_fd(lan_), out = dut_.tun_fd(wan_);
  std::array<std::uint8_t, 2048> buffer;
  for (const auto& packet : packets) {
    const bool passed =
        ::write(in, packet.data(), packet.size()) == static_cast<ssize_t>(packet.size()) &&
        ::read(out, buffer.data(), buffer.size()) == static_cast<ssize_t>(packet.size());
    if (!passed)
      throw EnvironmentError(EnvironmentError::Kind::failed, "the bare loop lost a packet");
  }
}

void Bench::lockstep(const std::vector<wire::Bytes>& packets) {
  const netns::ObserveOptions what{.sweep = netns::Sweep::expected_port, .expected = wan_};
  for (const auto& packet : packets) {
    dut_.apply({.port = lan_, .packet = packet}, what, observation_);
    ObservationChooser chooser(observation_);
    model::step(state_, {.port = lan_, .packet = packet}, chooser, prediction_);
    compare_frames();
  }
  result_.packets += packets.size();
}

void Bench::model_alone(const std::vector<wire::Bytes>& packets) {
  model::LowestChooser chooser;
  for (const auto& packet : packets)
    model::step(state_, {.port = lan_, .packet = packet}, chooser, prediction_);
}

/// Entries are recycled: what a slice of flows needed is enough for all that come after.
void Bench::remember_many(const std::vector<wire::Bytes>& packets) {
  const auto heap = [] { return static_cast<std::int64_t>(::mallinfo2().uordblks); };
  model_alone(packets);
  state_.conntrack.clear();
  const std::int64_t before = heap();
  while (result_.model_flows < flows_to_remember) {
    model_alone(packets);
    state_.conntrack.clear();
    result_.model_flows += packets.size();
  }
  result_.model_growth = heap() - before;
}

void Bench::compare_frames() {
  const auto& kernel = observation_.frames;
  const auto& model = prediction_.frames;
  bool equal = kernel.size() == model.size();
  for (std::size_t i = 0; equal && i < kernel.size(); ++i) {
    equal = kernel[i].port == model[i].port && kernel[i].bytes == model[i].bytes;
  }
  if (equal || result_.disagreement) return;
  const auto first = [](const auto& frames) {
    return frames.empty() ? std::string("nothing") : wire::print_packet(frames.begin()->bytes);
  };
  result_.disagreement =
      fmt::format("model sends {}, kernel sends {}", first(model), first(kernel));
}

/// Frames were compared one by one; conntrack is compared at the end of a slice.
void Bench::compare_entries(double slice_seconds) {
  for (const auto* conn : state_.conntrack.entries()) {
    if (result_.disagreement) return;
    const auto model = to_netns(*conn, state_.topology.settings);
    const auto kernel = dut_.find_entry(model.original, 0);
    bool equal = kernel.has_value();
    if (kernel) {
      for (const auto& row : entry_rows({.model = model, .kernel = kernel}, slice_seconds)) {
        equal = equal && !row.differs;
      }
    }
    if (!equal) {
      result_.disagreement = fmt::format("model has {}, kernel {}", to_string(model),
                                         kernel ? to_string(*kernel) : "no such entry");
    }
  }
}

void Bench::forget_flows(const std::vector<wire::Bytes>& packets) {
  for (const auto& packet : packets) {
    if (const auto tuple = model::tuple_of(packet)) dut_.delete_entry(to_netns(*tuple), 0);
  }
  state_.conntrack.clear();
}

template <typename CleanUp>
BenchFigures Bench::measure(const std::vector<wire::Bytes>& packets, CleanUp&& clean_up) {
  Meter bare_meter, lockstep_meter, model_meter;
  while (bare_meter.time + lockstep_meter.time < options_.time) {
    auto start = Clock::now();
    bare(packets);
    bare_meter.add(packets.size(), Clock::now() - start);
    clean_up();
    start = Clock::now();
    lockstep(packets);
    const auto spent = Clock::now() - start;
    lockstep_meter.add(packets.size(), spent);
    compare_entries(std::chrono::duration<double>(spent).count());
    clean_up();
    start = Clock::now();
    model_alone(packets);
    model_meter.add(packets.size(), Clock::now() - start);
    clean_up();
  }
  return {
      .bare = bare_meter.rate(), .lockstep = lockstep_meter.rate(), .model = model_meter.rate()};
}

}  // namespace

BenchResult bench(netns::KernelDut& dut, const BenchOptions& options) {
  return Bench(dut, options).run();
}

}  // namespace natstep::harness
