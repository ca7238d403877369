// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/corpus_folder.h"

#include "netns/dut.h"

#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace natstep::fuzz {
namespace {

namespace fs = std::filesystem;

/// FNV-1a.
std::uint64_t hash_of(wire::ByteView bytes) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const std::uint8_t byte : bytes)
    hash = (hash ^ byte) * 0x100000001b3u;
  return hash;
}

wire::Bytes content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::string name_of(const Program& program) {
  return name_of(encode(program));
}

std::string name_of(wire::ByteView encoded) {
  return fmt::format("{:016x}", hash_of(encoded));
}

std::string hex_of(const Program& program) {
  std::string text;
  for (const std::uint8_t byte : encode(program))
    text += fmt::format("{:02x}", byte);
  return text;
}

CorpusFolder::CorpusFolder(fs::path folder) : folder_(std::move(folder)) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error)
    throw netns::EnvironmentError(netns::EnvironmentError::Kind::failed,
                                  fmt::format("{}: {}", folder_.native(), error.message()));
}

bool CorpusFolder::add(const Program& program) {
  const wire::Bytes bytes = encode(program);
  const std::string name = name_of(bytes);
  if (known_.contains(name)) return true;
  const fs::path aside = folder_ / fmt::format(".{}.{}", name, ::getpid());
  std::error_code error;
  {
    std::ofstream file(aside, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    file.flush();
    if (file.good()) fs::rename(aside, folder_ / name, error);
    if (file.good() && !error) return known_.insert(name).second;
  }
  fs::remove(aside, error);
  return false;
}

std::vector<Program> CorpusFolder::news() {
  std::set<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    std::string name = entry.path().filename();
    if (!name.starts_with('.') && !known_.contains(name)) names.insert(std::move(name));
  }
  std::vector<Program> programs;
  for (const std::string& name : names)
    programs.push_back(decode(content_of(folder_ / name)));
  known_.merge(names);
  return programs;
}

}  // namespace natstep::fuzz
