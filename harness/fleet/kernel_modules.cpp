// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/kernel_modules.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <set>
#include <utility>

#include <elf.h>

namespace natstep::harness {
namespace {

template <typename T>
bool read_at(std::string_view object, std::uint64_t offset, T& out) {
  if (offset > object.size() || object.size() - offset < sizeof out) return false;
  std::memcpy(&out, object.data() + offset, sizeof out);
  return true;
}

std::string_view section_bytes(std::string_view object, const Elf64_Shdr& section) {
  if (section.sh_offset > object.size()) return {};
  return object.substr(section.sh_offset, section.sh_size);
}

std::string_view modinfo_of(std::string_view object) {
  Elf64_Ehdr header{};
  if (!read_at(object, 0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return {};
  const auto section_at = [&](std::uint64_t index, Elf64_Shdr& out) {
    return read_at(object, header.e_shoff + index * header.e_shentsize, out);
  };
  Elf64_Shdr names{};
  if (!section_at(header.e_shstrndx, names)) return {};
  const std::string_view name_bytes = section_bytes(object, names);
  for (std::uint64_t i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr section{};
    if (!section_at(i, section) || section.sh_name >= name_bytes.size()) continue;
    if (name_bytes.substr(section.sh_name).starts_with(std::string_view(".modinfo\0", 9)))
      return section_bytes(object, section);
  }
  return {};
}

std::string with_underscores(std::string_view name) {
  std::string out(name);
  std::ranges::replace(out, '-', '_');
  return out;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    if (end > 0) parts.push_back(with_underscores(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

void add(std::string_view entry, ModuleInfo& info) {
  constexpr std::string_view depends = "depends=";
  constexpr std::string_view softdep = "softdep=pre: ";
  constexpr std::string_view alias = "alias=";
  if (entry.starts_with(depends)) {
    info.depends = split(entry.substr(depends.size()), ',');
  } else if (entry.starts_with(softdep)) {
    for (std::string& name : split(entry.substr(softdep.size()), ' '))
      info.before.push_back(std::move(name));
  } else if (entry.starts_with(alias)) {
    info.aliases.push_back(with_underscores(entry.substr(alias.size())));
  }
}

class Order {
 public:
  explicit Order(const std::function<const ModuleInfo*(const std::string&)>& info_of)
      : info_of_(info_of) {}

  void visit(const std::string& name) {
    if (!seen_.insert(name).second) return;
    const ModuleInfo* info = info_of_(name);
    if (info == nullptr) return;  // built in, or not there
    for (const std::string& other : info->depends)
      visit(other);
    for (const std::string& other : info->before)
      visit(other);
    names_.push_back(name);
  }

  std::vector<std::string> take() { return std::move(names_); }

 private:
  const std::function<const ModuleInfo*(const std::string&)>& info_of_;
  std::set<std::string> seen_;
  std::vector<std::string> names_;
};

}  // namespace

ModuleInfo module_info(std::string_view object) {
  ModuleInfo info;
  std::string_view entries = modinfo_of(object);
  while (!entries.empty()) {
    const auto end = std::min(entries.find('\0'), entries.size());
    add(entries.substr(0, end), info);
    entries.remove_prefix(std::min(end + 1, entries.size()));
  }
  return info;
}

std::string without_signature(std::string object) {
  // include/linux/module_signature.h: the signature, twelve bytes about it of which the last four
  // are its length, and the mark.
  constexpr std::string_view mark = "~Module signature appended~\n";
  constexpr std::size_t about = 12;
  if (!object.ends_with(mark) || object.size() < mark.size() + about) return object;
  const std::size_t end = object.size() - mark.size();
  std::size_t length = 0;
  for (std::size_t i = end - 4; i < end; ++i)
    length = length << 8 | static_cast<unsigned char>(object[i]);
  if (length <= end - about) object.resize(end - about - length);
  return object;
}

std::string module_name(std::string_view path) {
  const auto slash = path.rfind('/');
  const std::string_view file = path.substr(slash == std::string_view::npos ? 0 : slash + 1);
  const auto dot = file.find(".ko");
  if (dot == std::string_view::npos) return {};
  return with_underscores(file.substr(0, dot));
}

bool is_wanted_module(std::string_view path) {
  constexpr std::array folders{"/kernel/net/netfilter/", "/kernel/net/ipv4/netfilter/",
                               "/kernel/net/ipv6/netfilter/"};
  const std::string name = module_name(path);
  // Amanda's helper looks for its words by an algorithm that it asks for by name.
  if (name == "tun" || name == "ts_kmp") return true;
  if (name.empty() || path.find("/ipvs/") != std::string_view::npos ||
      path.find("/ipset/") != std::string_view::npos)
    return false;
  return std::ranges::any_of(folders, [&](std::string_view folder) {
    return path.find(folder) != std::string_view::npos;
  });
}

std::vector<std::string> load_order(
    const std::vector<std::string>& wanted,
    const std::function<const ModuleInfo*(const std::string&)>& info_of) {
  Order order(info_of);
  for (const std::string& name : wanted)
    order.visit(name);
  return order.take();
}

}  // namespace natstep::harness
