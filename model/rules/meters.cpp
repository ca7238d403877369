// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/rules/meters.h"

#include "model/clause_names.h"
#include "model/missing.h"
#include "model/packet.h"

#include <algorithm>

namespace natstep::model {
namespace {

constexpr std::uint64_t second = 1'000'000'000;
/// The script's clock counts only the seconds that it waits; so much more may have passed.
constexpr std::uint64_t most_unseen_seconds = 10;

Meter& meter_of(Step& step, std::uint32_t number, std::uint64_t initial) {
  auto& meters = step.state().meters;
  if (meters.size() <= number) meters.resize(number + 1);
  Meter& meter = meters[number];
  if (!meter.started) meter = {.started = true, .value = initial, .at = step.now()};
  return meter;
}

}  // namespace

bool passes(Step& step, const Packet&, const LimitStatement& limit) {
  Meter& bucket = meter_of(step, limit.meter, limit.capacity);
  const std::uint64_t waited = (step.now() - bucket.at) * second;
  const std::uint64_t tokens = std::min(bucket.value + waited, limit.capacity);
  const std::uint64_t at_most = std::min(tokens + most_unseen_seconds * second, limit.capacity);
  bool enough = tokens >= limit.cost;
  if (enough != (at_most >= limit.cost)) {
    step.unspecified(Missing::speed_of_packets);
  }
  if (!enough && !step.holds(Clause::limit_ends_with_its_burst)) enough = true;
  bucket.at = step.now();
  bucket.value = enough ? tokens - std::min(tokens, limit.cost) : tokens;
  return enough != limit.over;
}

bool passes(Step& step, const Packet& packet, const QuotaStatement& quota) {
  Meter& used = meter_of(step, quota.meter, 0);
  const std::uint64_t size = packet.bytes.size();
  bool within = used.value + size <= quota.bytes;
  // nft counts what it refuses as well; iptables lets nothing pass any more.
  used.value = within || quota.by == QuotaStatement::By::nft ? used.value + size : quota.bytes;
  if (!within && !step.holds(Clause::quota_ends_with_its_bytes)) within = true;
  return within != quota.over;
}

std::uint32_t generate(Step& step, const GenerateStatement& statement) {
  Meter& counter = meter_of(step, statement.meter, statement.initial);
  const std::uint64_t next = counter.value + 1 < statement.modulus ? counter.value + 1 : 0;
  if (step.holds(Clause::generated_numbers_go_round)) counter.value = next;
  return static_cast<std::uint32_t>(next) + statement.offset;
}

}  // namespace natstep::model
