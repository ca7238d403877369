// SPDX-License-Identifier: GPL-2.0-or-later
// Plays programs on both sides, thousands a second: one write a packet, one message to ctnetlink a
// program, no new namespace.
//
// What is compared is what `natstep run` compares but for the taps between the hooks: every byte of
// every frame, every choice, every entry field by field with their number, expectations, and the
// laws. Here only equality is established; anything else makes the execution *suspicious*, and
// whoever ran it has the scenario played by the ordinary machinery, which has the last word.
#pragma once

#include "fuzz/convert.h"
#include "fuzz/event_player.h"
#include "fuzz/fast_box.h"
#include "fuzz/features.h"
#include "fuzz/kcov.h"
#include "fuzz/program.h"
#include "fuzz/trace.h"
#include "harness/lockstep/lockstep.h"
#include "harness/scenario/scenario.h"

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace natstep::fuzz {

enum class Ending : std::uint8_t {
  agreed,
  suspicious,
  inconclusive,  // the model gave up
  unusable,      // the box cannot be made, or the program has no packets
};

struct Execution {
  Ending ending = Ending::agreed;
  std::string reason;          // unusable, inconclusive: why; suspicious: in which aspect
  bool law_broken = false;     // the two sides agree, and both break a law
  std::uint64_t law_key = 0;   // which law, and which clauses may excuse it
  bool chosen = false;         // the kernel chose something
  bool another_entry = false;  // one that replies with the tuple that was asked for, in its zone
  bool choice_unseen = false;  // the model had to guess what the kernel chose
  std::size_t packets = 0;
  model::ClauseSet clauses;
};

/// A fragment leaves queues and counters behind, and some events what nobody can take back, so that
/// the box has to be made anew.
enum class Costly : std::uint8_t { played, skipped };

class Executor {
 public:
  explicit Executor(const harness::LockstepOptions& options);

  /// Plays the program; `features` are added to. Throws EnvironmentError.
  const Execution& run(const Program& program, Features& features, Costly costly = Costly::played);

  /// The last execution as a scenario: its box and the packets that went in.
  [[nodiscard]] harness::Scenario scenario(Naming naming = Naming::uncommon) const;
  [[nodiscard]] std::span<const Trace> traces() const { return {traces_.data(), played_}; }
  [[nodiscard]] const Execution& run_result() const { return execution_; }
  [[nodiscard]] std::uint64_t likeness() const;
  [[nodiscard]] bool laws_are_excused() const;
  /// Whether this kernel tells where packets went in it.
  [[nodiscard]] bool sees_kernel() const { return kcov_ != nullptr; }
  /// Counts as reached where the calling thread has been since this, or a program's end, was last
  /// here: for what is played by others.
  void look_where_others_went();
  /// Blocks of the kernel that were reached for the first time, since this was last asked.
  std::vector<std::uint64_t> new_places() { return kernel_trace_.new_places(); }
  [[nodiscard]] std::uint64_t boxes_made() const { return boxes_.made(); }

 private:
  /// What became of a step: it was played; or there is none, and the next one comes; or it was the
  /// last.
  enum class Went : std::uint8_t { on, nowhere, wrong };

  void attempt(const Program& program, Features& features);
  bool step(const Op& op, Features& features);
  Went let_happen(const Op& op, Trace& trace);
  Went put_in(const Op& op, Trace& trace);
  Went apply(const Op& op, Trace& trace);
  Went refused(Trace& trace);
  Went give_up(std::string reason);
  void count_complaints(const model::Prediction& prediction);
  void note_lessons(const Trace& trace);
  bool compare_step(Trace& trace);
  bool judge(Trace& trace);
  bool suspect(std::string_view aspect);
  void compare_entries();
  bool compare_expired();
  void reset();
  void guess_what_is_left();
  void remove_the_rest();

  harness::LockstepOptions options_;
  FastBoxes boxes_;
  std::unique_ptr<Kcov> kcov_ = Kcov::open();
  KernelTrace kernel_trace_;
  FastBox* box_ = nullptr;
  std::array<Trace, most_ops> traces_;
  std::vector<PastStep> past_;
  std::size_t played_ = 0;
  Execution execution_;
  netns::CtTaken taken_;
  std::vector<netns::CtTuple> tuples_;
  std::vector<netns::CtEntry> models_;  // its entries at the end
  LawBench laws_;
  bool box_is_spent_ = false;
  Costly costly_{};
  EventPlayer events_;
  /// What costs too much for everyday use: events of conntrack, which show what no packet shows, or
  /// what one shows otherwise, and a dump, which has the entry that is meant.
  bool listens_ = false;
  bool another_entry_ = false;
  std::chrono::steady_clock::time_point started_;
};

}  // namespace natstep::fuzz
