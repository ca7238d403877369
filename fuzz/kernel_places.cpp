// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/kernel_places.h"

#include "harness/finding/durable.h"
#include "harness/fleet/file.h"

#include <charconv>
#include <cstring>
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
constexpr const char* symbols_file = "kallsyms.txt";

std::string text_if_any(const fs::path& path) {
  return fs::exists(path) ? harness::content_of(path) : std::string();
}

std::uint64_t address_in(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return value;
}

std::uint64_t address_of(std::string_view function, const std::string& symbols) {
  std::istringstream lines(symbols);
  for (std::string address, kind, name, line; std::getline(lines, line);) {
    std::istringstream words(line);
    if (words >> address >> kind >> name && name == function) return address_in(address);
  }
  return 0;
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

/// x86: "call rel32" is five bytes, and what is told is where it returns to.
void add_calls(std::string_view code, std::uint64_t at, std::uint64_t callback,
               std::vector<std::uint64_t>& places) {
  constexpr char call = '\xe8';
  constexpr std::size_t size = 5;
  for (auto i = code.find(call); i != std::string_view::npos && i + size <= code.size();
       i = code.find(call, i + 1)) {
    std::int32_t distance = 0;
    std::memcpy(&distance, code.data() + i + 1, sizeof distance);
    const std::uint64_t behind = at + i + size;
    if (behind + static_cast<std::uint64_t>(std::int64_t{distance}) == callback)
      places.push_back(behind);
  }
}

}  // namespace

void keep_symbols(const fs::path& out) {
  const std::string symbols = text_if_any("/proc/kallsyms");
  if (symbols.empty() || text_if_any(out / symbols_file) == symbols) return;
  for (const char* name : {reached_file, points_file})
    fs::remove(out / name);
  harness::write_durably(out / symbols_file, symbols);
}

std::vector<std::uint64_t> places_in(std::string_view image, std::uint64_t callback) {
  std::vector<std::uint64_t> places;
  Elf64_Ehdr header{};
  if (!image.starts_with(ELFMAG) || !read_at(image, 0, header)) return places;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment{};
    if (!read_at(image, header.e_phoff + i * sizeof segment, segment)) break;
    const bool code = segment.p_type == PT_LOAD && (segment.p_flags & PF_X) != 0;
    if (code && segment.p_offset < image.size())
      add_calls(image.substr(segment.p_offset, segment.p_filesz), segment.p_vaddr, callback,
                places);
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
  const std::uint64_t callback =
      address_of("__sanitizer_cov_trace_pc", text_if_any(out_ / symbols_file));
  const auto points = places_in(harness::content_of(image_), callback);
  if (!points.empty()) harness::write_durably(out_ / points_file, text_of(points));
}

}  // namespace natstep::fuzz
