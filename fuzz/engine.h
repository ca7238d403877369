// SPDX-License-Identifier: GPL-2.0-or-later
// The search: takes a program that reached something, changes it, plays it, keeps it when it
// reached something new, and has whatever looks wrong confirmed by the ordinary machinery.
#pragma once

#include "fuzz/executor.h"
#include "fuzz/features.h"
#include "fuzz/mutate.h"
#include "harness/lockstep/lockstep.h"
#include "harness/lockstep/outcome.h"

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace natstep::fuzz {

/// A program that was kept, and how it came about.
struct CorpusEntry {
  Program program;
  Lineage lineage;
};

/// Something to tell.
struct Found {
  enum class Kind : std::uint8_t {
    diverged,    // and again in a fresh box, by the ordinary machinery
    unrepeated,  // not in a fresh box: it depends on what ran before
  } kind{};
  std::string signature{};
  harness::Scenario scenario{};
  harness::Outcome outcome{};  // of the ordinary machinery
  Program program{};
  Lineage lineage{};
  std::vector<Program> before{};  // unrepeated: what the box had been through, the latest last
};

struct Counts {
  std::uint64_t executions = 0;
  std::uint64_t packets = 0;
  std::uint64_t inconclusive = 0;
  std::uint64_t unusable = 0;
  std::uint64_t suspicious = 0;
  std::uint64_t excused = 0;   // a law was broken by what is known to deviate
  std::uint64_t unseen = 0;    // nothing had shown the model what the kernel chose
  std::uint64_t repeated = 0;  // went wrong like others before, and was not looked at again
  std::uint64_t boxes = 0;
  std::uint64_t features = 0;
  std::uint64_t clauses = 0;
  std::uint64_t corpus = 0;
  std::uint64_t findings = 0;
};

struct EngineOptions {
  harness::LockstepOptions lockstep;
  std::uint64_t seed = 1;
};

class Engine {
 public:
  explicit Engine(const EngineOptions& options);

  /// Plays a program that somebody else found, and keeps it when it is worth it.
  void take(const Program& program);
  /// Plays a scenario as `natstep run` does, in a fresh box. Where the environment fails, which
  /// odd boxes may bring about, the outcome is broken.
  harness::Outcome play_afresh(const harness::Scenario& scenario);
  /// Plays a scenario that is no program, with events and more packets than one has, for the blocks
  /// of the kernel that it reaches: `natstep check` is who tells whether it diverges.
  void watch(const harness::Scenario& scenario);
  /// Makes and plays one program.
  void run_one();

  [[nodiscard]] Counts counts() const;
  [[nodiscard]] const model::ClauseSet& clauses() const { return clauses_; }
  [[nodiscard]] bool sees_kernel() const { return executor_.sees_kernel(); }
  /// As Executor.
  std::vector<std::uint64_t> new_places() { return executor_.new_places(); }
  /// Of the last program.
  [[nodiscard]] const Features& features() const { return features_; }
  /// What happened since the last call.
  std::vector<CorpusEntry> new_entries() { return std::exchange(new_entries_, {}); }
  std::vector<Found> new_findings() { return std::exchange(new_findings_, {}); }
  [[nodiscard]] const std::map<std::string, std::uint64_t, std::less<>>& why_inconclusive() const {
    return why_inconclusive_;
  }
  /// Is told each program, encoded, before it is played.
  std::function<void(wire::ByteView)> before_each;

 private:
  harness::Outcome play_afresh(const harness::Scenario& scenario,
                               const harness::LockstepOptions& options);
  void play(Program program, Lineage lineage, Costly costly);
  void begin_epoch();
  Program next_program(Lineage& lineage);
  void shorten(Program& program);
  const CorpusEntry* choose_parent();
  void look_at_laws(const Program& program, const Lineage& lineage);
  Program shrink(const Program& program);
  bool is_like_others();
  void look_closer(const Program& program, const Lineage& lineage);
  void tell(Found found);
  bool is_excused(std::uint64_t law_key);
  void remember(const BoxChoice& box);
  [[nodiscard]] std::vector<Program> remembered(const BoxChoice& box) const;

  EngineOptions options_;
  Random random_;
  Executor executor_;
  std::unique_ptr<netns::KernelDut> confirming_;
  Swarm swarm_;
  std::vector<BoxChoice> boxes_;  // of this epoch
  std::uint64_t epoch_left_ = 0;
  std::deque<CorpusEntry> corpus_;  // addresses stay
  FeatureMap map_;
  Features features_;
  model::ClauseSet clauses_;
  Counts counts_;
  std::map<std::uint64_t, std::uint64_t> excused_;    // law keys, and how often they were confirmed
  std::map<std::uint64_t, std::uint64_t> confirmed_;  // by likeness, how often
  std::set<std::string> told_;
  /// What a box has been through of late, for findings that need it: encoded programs in a ring.
  struct History {
    static constexpr std::size_t most = 16;
    std::array<wire::Bytes, most> programs;
    std::size_t count = 0;
  };
  std::map<BoxChoice, History> history_;
  wire::Bytes encoded_;  // the program that is played
  std::map<std::string, std::uint64_t, std::less<>> why_inconclusive_;
  std::vector<CorpusEntry> new_entries_;
  std::vector<Found> new_findings_;
};

}  // namespace natstep::fuzz
