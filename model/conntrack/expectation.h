// SPDX-License-Identifier: GPL-2.0-or-later
// Expectations: connections that a helper has read about, and that will belong to its own. Source:
// net/netfilter/nf_conntrack_expect.c.
#pragma once

#include "model/conntrack/tuple.h"
#include "model/conntrack/zone.h"
#include "model/helper/help.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace natstep::model {

struct Conn;
class Step;

/// What is done to a connection that was expected (nf_conntrack_expect::expectfn).
enum class ExpectFunction : std::uint8_t {
  none,
  follow_master,        // nf_nat_follow_master
  rule_follows_master,  // the same, for what a rule expects
  pptp,
  sip
};

/// struct nf_conntrack_expect. The destination must match exactly, of the source what `mask` says.
struct Expectation {
  struct SourceMask {
    bool address = true;
    bool id = false;
  };

  Tuple tuple;
  SourceMask mask{};
  Conn* master = nullptr;                     // outlives the expectation
  Direction direction = Direction::original;  // in which of the master's directions it will come
  wire::Address saved_address{};              // the address behind the translation, if it counts
  std::uint16_t saved_id = 0;                 // the port behind the translation
  ExpectFunction function = ExpectFunction::none;
  std::uint32_t expectation_class = 0;             // which of the helper's policies counts
  bool permanent = false;                          // outlives the packets that fulfil it
  bool inactive = false;                           // waits for an answer before it counts
  std::optional<HelperKind> assigned_helper = {};  // of the expected connection
  std::uint32_t timeout = 0;                       // seconds from `created_at`
  std::uint64_t created_at = 0;                    // the step's time label, seconds
};

/// struct nf_conntrack_expect_policy, one class of a helper.
struct ExpectPolicy {
  std::uint32_t max_expected = 1;
  std::uint32_t timeout = 300;  // seconds
};

/// Every expectation of the box, in the order in which they were made. They are few.
class ExpectationTable {
 public:
  [[nodiscard]] const std::vector<Expectation>& all() const { return all_; }
  [[nodiscard]] bool empty() const { return all_.empty(); }

  void add(const Expectation& expectation) { all_.push_back(expectation); }
  void remove_at(std::size_t at);
  /// What of the table answers to `is_it` goes.
  template <typename Predicate>
  void remove_if(const Predicate& is_it) {
    std::erase_if(all_, is_it);
  }
  /// The entries themselves, for who renews or activates one.
  [[nodiscard]] std::vector<Expectation>& entries() { return all_; }
  void remove_expired(std::uint64_t now);
  /// nf_ct_remove_expectations: a master takes what it expects with it.
  void remove_of(const Conn& master);

  static bool expired(const Expectation& expectation, std::uint64_t now) {
    return now >= expectation.created_at + expectation.timeout;
  }

 private:
  std::vector<Expectation> all_;
};

/// Whether a packet with this tuple is what was expected.
bool matches(const Expectation& expectation, const Tuple& tuple);

/// Whose expectations count as the same one: NF_CT_EXP_F_SKIP_MASTER.
enum class Masters : std::uint8_t { own, any };

enum class Related : std::uint8_t {
  accepted,
  already,  // the same is expected in another class, or, if that counts, for another master
  busy,     // something is expected that cannot be told apart from it
};
/// nf_ct_expect_related: enters the expectation, at the cost of an older one when there are too
/// many.
Related expect_related(Step& step, Expectation expectation, const ExpectPolicy& policy,
                       Masters masters = Masters::own);

/// nf_ct_expect_related_pair: both or neither, and the same for another master will do.
Related expect_pair(Step& step, const Expectation& first, const Expectation& second,
                    const ExpectPolicy& policy);

/// nf_ct_unexpect_related.
void unexpect(Step& step, const Expectation& expectation);

/// nf_ct_expect_find_get: the newest expectation that a packet with this tuple would fulfil, active
/// or not.
std::optional<std::size_t> find_expectation(Step& step, const Tuple& tuple, Zone zone);

/// nf_nat_exp_find_port: enters the expectation under its port, or under another one when that is
/// taken. The port, or nothing.
std::optional<std::uint16_t> expect_on_free_port(Step& step, const Expectation& expectation,
                                                 const ExpectPolicy& policy);

/// nf_ct_find_expectation: takes the expectation that a first packet fulfils.
std::optional<Expectation> take_expectation(Step& step, const Tuple& tuple, Zone zone);

/// What init_conntrack does to an entry that was expected.
void begin_expected(Step& step, Conn& conn, const Expectation& expectation);

}  // namespace natstep::model
