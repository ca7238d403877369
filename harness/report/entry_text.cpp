// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/report/entry_text.h"

#include "harness/lockstep/convert.h"

#include <fmt/format.h>

namespace natstep::harness {
namespace {

void add(std::vector<EntryRow>& rows, std::string name, std::string model, std::string kernel) {
  const bool differs = model != kernel;
  rows.push_back({.name = std::move(name),
                  .model = std::move(model),
                  .kernel = std::move(kernel),
                  .differs = differs});
}

EntryRow timeout_row(const netns::CtEntry& model, const netns::CtEntry& kernel,
                     double elapsed_seconds) {
  const auto window = timeout_window(model.timeout.value_or(0), elapsed_seconds);
  const auto shown = kernel.timeout.value_or(0);
  const bool inside = shown >= window.low && shown <= window.high;
  return {.name = "timeout",
          .model = inside ? fmt::format("{} s", model.timeout.value_or(0))
                          : fmt::format("{} to {} s", window.low, window.high),
          .kernel = kernel.timeout ? fmt::format("{} s", shown) : "none",
          .differs = !inside || !kernel.timeout};
}

void add_tcp(std::vector<EntryRow>& rows, const netns::CtEntry& model,
             const netns::CtEntry& kernel) {
  if (!model.tcp_state && !kernel.tcp_state) return;
  const auto state = [](const netns::CtEntry& entry) {
    return entry.tcp_state ? tcp_state_word(*entry.tcp_state) : std::string("none");
  };
  const auto scale = [](const netns::CtEntry& e) {
    return fmt::format("{} {}", e.tcp_wscale[0], e.tcp_wscale[1]);
  };
  const auto flags = [](const netns::CtEntry& e) {
    return fmt::format("{:#x} {:#x}", e.tcp_flags[0], e.tcp_flags[1]);
  };
  add(rows, "tcp.state", state(model), state(kernel));
  add(rows, "tcp.window_scale", scale(model), scale(kernel));
  add(rows, "tcp.flags", flags(model), flags(kernel));
}

void add_sctp(std::vector<EntryRow>& rows, const netns::CtEntry& model,
              const netns::CtEntry& kernel) {
  if (!model.sctp_state && !kernel.sctp_state) return;
  const auto state = [](const netns::CtEntry& entry) {
    return entry.sctp_state ? sctp_state_word(*entry.sctp_state) : std::string("none");
  };
  const auto tags = [](const netns::CtEntry& e) {
    return fmt::format("{:#x} {:#x}", e.sctp_vtag[0], e.sctp_vtag[1]);
  };
  add(rows, "sctp.state", state(model), state(kernel));
  add(rows, "sctp.vtags", tags(model), tags(kernel));
}

void add_dccp(std::vector<EntryRow>& rows, const netns::CtEntry& model,
              const netns::CtEntry& kernel) {
  if (!model.dccp_state && !kernel.dccp_state) return;
  const auto state = [](const netns::CtEntry& entry) {
    return entry.dccp_state ? dccp_state_word(*entry.dccp_state) : std::string("none");
  };
  const auto role = [](const netns::CtEntry& e) { return e.dccp_role == 0 ? "client" : "server"; };
  add(rows, "dccp.state", state(model), state(kernel));
  add(rows, "dccp.role", role(model), role(kernel));
  add(rows, "dccp.handshake_seq", std::to_string(model.dccp_handshake_seq),
      std::to_string(kernel.dccp_handshake_seq));
}

void add_counters(std::vector<EntryRow>& rows, const netns::CtEntry& model,
                  const netns::CtEntry& kernel) {
  if (!model.counters && !kernel.counters) return;
  const auto text = [](const netns::CtEntry& entry, std::size_t d) {
    if (!entry.counters) return std::string("none");
    const auto& counter = (*entry.counters)[d];
    return fmt::format("{} packets, {} bytes", counter.packets, counter.bytes);
  };
  add(rows, "counters.original", text(model, 0), text(kernel, 0));
  add(rows, "counters.reply", text(model, 1), text(kernel, 1));
}

std::string seq_adjust_text(const netns::CtEntry& entry, std::size_t d) {
  if (!entry.seq_adjust) return "none";
  const auto& adjust = (*entry.seq_adjust)[d];
  return fmt::format("{:+} to {}, {:+} beyond", adjust.before, adjust.position, adjust.after);
}

/// The numbers of the bits.
std::string labels_text(const netns::Labels& labels) {
  std::string text;
  for (std::size_t bit = 0; bit < labels.size() * 8; ++bit) {
    if ((labels[bit / 8] >> (bit % 8) & 1) == 0) continue;
    text += fmt::format("{}{}", text.empty() ? "" : ",", bit);
  }
  return text.empty() ? "none" : text;
}

}  // namespace

std::vector<EntryRow> entry_rows(const EntryPair& pair, double elapsed_seconds) {
  const auto& model = *pair.model;
  const auto& kernel = *pair.kernel;
  std::vector<EntryRow> rows;
  add(rows, "original", to_string(model.original), to_string(kernel.original));
  add(rows, "reply", to_string(model.reply), to_string(kernel.reply));
  add(rows, "status", status_words(model.status), status_words(kernel.status));
  rows.push_back(timeout_row(model, kernel, elapsed_seconds));
  add(rows, "mark", std::to_string(model.mark.value_or(0)),
      std::to_string(kernel.mark.value_or(0)));
  const auto helper = [](const netns::CtEntry& e) { return e.helper.empty() ? "none" : e.helper; };
  if (!model.helper.empty() || !kernel.helper.empty())
    add(rows, "helper", helper(model), helper(kernel));
  if (model.seq_adjust || kernel.seq_adjust) {
    add(rows, "seq_adjust.original", seq_adjust_text(model, 0), seq_adjust_text(kernel, 0));
    add(rows, "seq_adjust.reply", seq_adjust_text(model, 1), seq_adjust_text(kernel, 1));
  }
  if (model.labels != netns::Labels{} || kernel.labels != netns::Labels{})
    add(rows, "labels", labels_text(model.labels), labels_text(kernel.labels));
  add_tcp(rows, model, kernel);
  add_sctp(rows, model, kernel);
  add_dccp(rows, model, kernel);
  add_counters(rows, model, kernel);
  return rows;
}

std::string to_string(const netns::CtEntry& entry) {
  auto text = fmt::format("{}  reply {}  [{}]", to_string(entry.original), to_string(entry.reply),
                          status_words(entry.status));
  if (const auto state = state_word(entry)) text += fmt::format("  {}", *state);
  if (entry.timeout) text += fmt::format("  timeout {}", *entry.timeout);
  if (entry.mark.value_or(0) != 0) text += fmt::format("  mark {}", *entry.mark);
  if (!entry.helper.empty()) text += fmt::format("  helper {}", entry.helper);
  return text;
}

}  // namespace natstep::harness
