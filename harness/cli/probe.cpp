// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/probe.h"

#include "harness/cli/runner.h"
#include "harness/cli/scenario_job.h"
#include "harness/cli/select.h"
#include "harness/report/result.h"
#include "harness/report/verdict_words.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <string>

#include <fmt/format.h>

namespace natstep::harness {
namespace {

/// A feature and the scenario that tells whether it is there, played without and with it.
struct Probe {
  FeatureValue* value = nullptr;
  ScenarioFile file;
  std::array<Verdict, 2> verdicts{Verdict::broken, Verdict::broken};
};

std::vector<Probe> probes_for(std::vector<FeatureValue>& values) {
  const std::vector<ScenarioFile> corpus = select_scenarios({}, "");
  std::vector<Probe> probes;
  for (FeatureValue& value : values) {
    const auto file = std::ranges::find_if(corpus, [&](const ScenarioFile& each) {
      return std::filesystem::path(each.path).stem() == value.feature->probe;
    });
    if (file != corpus.end()) probes.push_back({.value = &value, .file = *file});
  }
  return probes;
}

model::Profile with(model::Profile profile, const model::Feature& feature, bool there) {
  profile.*feature.member = there;
  return profile;
}

MakeWork make_work(const std::vector<Probe>& probes, const model::Profile& profile) {
  return [&probes, &profile]() -> Work {
    JobOptions options;
    options.minimise = false;
    auto worker = std::make_shared<ScenarioWorker>(options);
    return [worker, &probes, &profile](std::size_t item) {
      const Probe& probe = probes[item / 2];
      worker->play_profile(with(profile, *probe.value->feature, item % 2 == 1));
      return encode(worker->run(probe.file));
    };
  };
}

/// How well a model that has it so, or not so, goes with the kernel. A model that gives up has not
/// been proved wrong.
int fitness(Verdict verdict) {
  switch (verdict) {
    case Verdict::agreed:
    case Verdict::deviation:
      return 2;
    case Verdict::inconclusive:
      return 1;
    case Verdict::diverged:
    case Verdict::skipped:
    case Verdict::broken:
      break;
  }
  return 0;
}

void conclude(const Probe& probe) {
  FeatureValue& value = *probe.value;
  const auto& [without, with] = probe.verdicts;
  value.by = probe.file.path;
  if (fitness(without) == fitness(with)) {
    value.note = fmt::format("{} is {} without it and {} with it", value.by, lower_case(without),
                             lower_case(with));
    return;
  }
  value.known = Known::probed;
  value.value = fitness(with) > fitness(without);
}

}  // namespace

std::vector<FeatureValue> features_by_version(const model::Profile& by_version) {
  std::vector<FeatureValue> values;
  for (const model::Feature& feature : model::features()) {
    const bool there = by_version.*feature.member;
    values.push_back({.feature = &feature, .by_version = there, .value = there});
  }
  return values;
}

std::vector<FeatureValue> probe_features(const model::Profile& by_version, std::size_t jobs) {
  std::vector<FeatureValue> values = features_by_version(by_version);
  std::vector<Probe> probes = probes_for(values);
  const RunnerEvents events{.done =
                                [&](std::size_t item, const std::string& message) {
                                  probes[item / 2].verdicts[item % 2] = decode(message).verdict;
                                },
                            .lost = [](std::size_t, const std::string&) {}};
  run_items(probes.size() * 2, {.jobs = jobs}, make_work(probes, by_version), events);
  for (const Probe& probe : probes)
    conclude(probe);
  return values;
}

}  // namespace natstep::harness
