// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/kernel_places.h"

#include "fuzz/kernel_lines.h"
#include "harness/finding/durable.h"
#include "harness/fleet/file.h"

#include <bitset>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <set>
#include <sstream>
#include <string>

#include <elf.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace natstep::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr const char* reached_file = "pcs.txt";
constexpr const char* points_file = "points.txt";
constexpr const char* lines_file = "lines.txt";
constexpr const char* symbols_file = "kallsyms.txt";

std::string text_if_any(const fs::path& path) {
  return fs::exists(path) ? harness::content_of(path) : std::string();
}

std::uint64_t address_in(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return value;
}

/// What the search needs of a kernel's symbols.
struct Symbols {
  std::uint64_t callback = 0;
  std::set<std::uint64_t> functions = {};  // where they begin
};

Symbols symbols_in(const std::string& text) {
  Symbols symbols;
  std::istringstream lines(text);
  for (std::string address, kind, name, line; std::getline(lines, line);) {
    std::istringstream words(line);
    if (!(words >> address >> kind >> name) || (kind != "t" && kind != "T")) continue;
    symbols.functions.insert(address_in(address));
    if (name == "__sanitizer_cov_trace_pc") symbols.callback = address_in(address);
  }
  return symbols;
}

template <typename Addresses>
std::string text_of(const Addresses& addresses) {
  return fmt::format("{:x}\n", fmt::join(addresses, "\n"));
}

template <typename Header>
bool read_at(std::string_view image, std::size_t offset, Header& header) {
  if (offset > image.size() || image.size() - offset < sizeof header) return false;
  std::memcpy(&header, image.data() + offset, sizeof header);
  return true;
}

/// Follows a segment of machine code and notes where calls of the callback return to, which is what
/// KCOV tells. It reads no more instructions than those that make such calls.
class CallSearch {
 public:
  CallSearch(std::string_view code, std::uint64_t at, const Symbols& symbols)
      : code_(code), at_(at), symbols_(symbols) {}

  void run(std::vector<std::uint64_t>& places) {
    for (std::size_t i = 0; i < code_.size();) {
      if (symbols_.functions.contains(at_ + i)) holds_.reset();
      if (const std::size_t size = load(i)) {
        i += size;
      } else if (const std::size_t called = call(i)) {
        i += called;
        places.push_back(at_ + i);
      } else {
        ++i;
      }
    }
  }

 private:
  [[nodiscard]] std::uint8_t byte(std::size_t i) const {
    return i < code_.size() ? static_cast<std::uint8_t>(code_[i]) : 0;
  }

  template <typename Number>
  [[nodiscard]] Number number(std::size_t i) const {
    Number value = 0;
    if (i + sizeof value <= code_.size()) std::memcpy(&value, code_.data() + i, sizeof value);
    return value;
  }

  /// "movabs imm64, %reg", REX.W B8+r: its size. The large code model of user-mode Linux loads the
  /// callback's address once a function, and calls it through the register.
  std::size_t load(std::size_t i) {
    constexpr std::size_t size = 10;
    const std::uint8_t rex = byte(i), opcode = byte(i + 1);
    if ((rex != 0x48 && rex != 0x49) || opcode < 0xb8 || opcode > 0xbf) return 0;
    holds_[(opcode & 7U) + (rex & 1U) * 8] = number<std::uint64_t>(i + 2) == symbols_.callback;
    return size;
  }

  /// A call of the callback: its size.
  std::size_t call(std::size_t i) {
    constexpr std::uint8_t direct = 0xe8, extended = 0x41;
    constexpr std::size_t direct_size = 5;
    if (byte(i) == direct) {
      const std::uint64_t behind = at_ + i + direct_size;
      const auto distance = static_cast<std::uint64_t>(std::int64_t{number<std::int32_t>(i + 1)});
      return behind + distance == symbols_.callback ? direct_size : 0;
    }
    const std::size_t prefix = byte(i) == extended ? 1 : 0;
    return call_through(i + prefix, prefix * 8) ? prefix + 2 : 0;
  }

  /// "call *%reg", FF D0+r. What was called may change all registers but those that it must keep.
  bool call_through(std::size_t i, std::size_t first_register) {
    constexpr std::bitset<16> kept{0b1111'0000'0010'1000};  // rbx, rbp, r12 to r15
    const std::uint8_t through = byte(i + 1);
    if (byte(i) != 0xff || through < 0xd0 || through > 0xd7) return false;
    if (!holds_[first_register + (through & 7U)]) return false;
    holds_ &= kept;
    return true;
  }

  std::string_view code_;
  std::uint64_t at_;
  const Symbols& symbols_;
  std::bitset<16> holds_;  // the registers that hold the callback's address
};

}  // namespace

void keep_symbols(const fs::path& out) {
  const std::string symbols = text_if_any("/proc/kallsyms");
  if (symbols.empty() || text_if_any(out / symbols_file) == symbols) return;
  for (const char* name : {reached_file, points_file, lines_file})
    fs::remove(out / name);
  harness::write_durably(out / symbols_file, symbols);
}

std::vector<std::uint64_t> places_in(std::string_view image, const std::string& text) {
  std::vector<std::uint64_t> places;
  const Symbols symbols = symbols_in(text);
  Elf64_Ehdr header{};
  const bool readable = image.starts_with(ELFMAG) && read_at(image, 0, header);
  if (!readable || symbols.callback == 0) return places;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment{};
    if (!read_at(image, header.e_phoff + i * sizeof segment, segment)) break;
    const bool code = segment.p_type == PT_LOAD && (segment.p_flags & PF_X) != 0;
    if (code && segment.p_offset < image.size())
      CallSearch(image.substr(segment.p_offset, segment.p_filesz), segment.p_vaddr, symbols)
          .run(places);
  }
  return places;
}

/// Late, when the workers have seen whose addresses these are.
void KernelPlaces::read_earlier() {
  read_ = true;
  std::istringstream lines(text_if_any(out_ / reached_file));
  for (std::string line; std::getline(lines, line);)
    if (const std::uint64_t address = address_in(line)) places_.insert(address);
}

void KernelPlaces::take(std::size_t number, const WorkerPage& page) {
  const std::uint32_t count = page.place_count;
  if (count == 0) return;
  if (!read_) read_earlier();
  for (std::uint32_t& next = taken_[number]; next < count; ++next)
    news_ = places_.insert(page.places[next]).second || news_;
}

void KernelPlaces::keep() {
  if (!news_) return;
  harness::write_durably(out_ / reached_file, text_of(places_));
  keep_points();
  news_ = false;
}

void KernelPlaces::keep_points() {
  if (image_.empty() || fs::exists(out_ / points_file)) return;
  const auto points = places_in(harness::content_of(image_), text_if_any(out_ / symbols_file));
  if (points.empty()) return;
  if (const std::string lines = lines_of(image_, points); !lines.empty())
    harness::write_durably(out_ / lines_file, lines);
  harness::write_durably(out_ / points_file, text_of(points));
}

}  // namespace natstep::fuzz
