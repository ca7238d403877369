// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/archive.h"

#include "netns/error.h"

#include <array>
#include <memory>

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace natstep::harness {
namespace {

using Reader = std::unique_ptr<archive, decltype(&::archive_read_free)>;
using Entry = std::unique_ptr<archive_entry, decltype(&::archive_entry_free)>;

Reader make_reader() {
  Reader reader(::archive_read_new(), &::archive_read_free);
  ::archive_read_support_filter_all(reader.get());
  return reader;
}

[[noreturn]] void fail(archive* reader, std::string_view what) {
  const char* words = ::archive_error_string(reader);
  netns::throw_failed(fmt::format("{}: {}", what, words != nullptr ? words : "unreadable"));
}

std::string rest_of(archive* reader, std::string_view what) {
  std::string content;
  std::array<char, 65536> piece{};
  for (;;) {
    const auto size = ::archive_read_data(reader, piece.data(), piece.size());
    if (size < 0) fail(reader, what);
    if (size == 0) return content;
    content.append(piece.data(), static_cast<std::size_t>(size));
  }
}

/// The inner archive, which holds the files.
std::string data_of_deb(const std::filesystem::path& deb) {
  const Reader reader = make_reader();
  ::archive_read_support_format_ar(reader.get());
  constexpr std::size_t block = 1 << 20;
  if (::archive_read_open_filename(reader.get(), deb.c_str(), block) != ARCHIVE_OK)
    fail(reader.get(), deb.native());
  archive_entry* entry = nullptr;
  while (::archive_read_next_header(reader.get(), &entry) == ARCHIVE_OK) {
    const std::string_view name = ::archive_entry_pathname(entry);
    if (name.starts_with("data.tar")) return rest_of(reader.get(), deb.native());
  }
  netns::throw_failed(fmt::format("{}: this is no Debian package", deb.native()));
}

std::string_view without_dot(std::string_view path) {
  if (path.starts_with("./")) path.remove_prefix(2);
  return path;
}

}  // namespace

void read_deb(const std::filesystem::path& deb,
              const std::function<bool(std::string_view path)>& wanted,
              const std::function<void(std::string_view path, std::string content)>& take) {
  const std::string data = data_of_deb(deb);
  const Reader reader = make_reader();
  ::archive_read_support_format_tar(reader.get());
  if (::archive_read_open_memory(reader.get(), data.data(), data.size()) != ARCHIVE_OK)
    fail(reader.get(), deb.native());
  archive_entry* entry = nullptr;
  int status = ARCHIVE_OK;
  while ((status = ::archive_read_next_header(reader.get(), &entry)) == ARCHIVE_OK) {
    const std::string path(without_dot(::archive_entry_pathname(entry)));
    if (::archive_entry_filetype(entry) == AE_IFREG && wanted(path))
      take(path, rest_of(reader.get(), path));
  }
  if (status != ARCHIVE_EOF) fail(reader.get(), deb.native());
}

std::string decompressed(const std::string& content) {
  const Reader reader = make_reader();
  ::archive_read_support_format_raw(reader.get());
  archive_entry* entry = nullptr;
  if (::archive_read_open_memory(reader.get(), content.data(), content.size()) != ARCHIVE_OK ||
      ::archive_read_next_header(reader.get(), &entry) != ARCHIVE_OK)
    fail(reader.get(), "decompressing");
  return rest_of(reader.get(), "decompressing");
}

CpioWriter::CpioWriter(const std::filesystem::path& file) : archive_(::archive_write_new()) {
  ::archive_write_set_format_cpio_newc(archive_);
  if (::archive_write_open_filename(archive_, file.c_str()) != ARCHIVE_OK)
    fail(archive_, file.native());
}

CpioWriter::~CpioWriter() {
  ::archive_write_free(archive_);
}

bool CpioWriter::first_time(const std::string& path) {
  return seen_.insert(path).second;
}

void CpioWriter::add_folders_above(const std::string& path) {
  const std::filesystem::path above = std::filesystem::path(path).parent_path();
  if (above.has_relative_path()) add_folder(above.native());
}

namespace {

void write(archive* out, const std::string& path, mode_t mode,
           const std::function<void(archive_entry*)>& complete, std::string_view content) {
  const Entry entry(::archive_entry_new(), &::archive_entry_free);
  ::archive_entry_set_pathname(entry.get(), path.c_str() + 1);  // without the leading slash
  ::archive_entry_set_mode(entry.get(), mode);
  ::archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
  ::archive_entry_set_mtime(entry.get(), 0, 0);
  complete(entry.get());
  const bool written = ::archive_write_header(out, entry.get()) == ARCHIVE_OK &&
                       ::archive_write_data(out, content.data(), content.size()) ==
                           static_cast<la_ssize_t>(content.size());
  if (!written) fail(out, path);
}

}  // namespace

void CpioWriter::add_folder(const std::string& path) {
  if (!first_time(path)) return;
  add_folders_above(path);
  write(archive_, path, S_IFDIR | 0755, [](archive_entry*) {}, {});
}

void CpioWriter::add_file(const std::string& path, std::string_view content) {
  if (!first_time(path)) return;
  add_folders_above(path);
  write(
      archive_, path, S_IFREG | 0755, [](archive_entry*) {}, content);
}

void CpioWriter::add_link(const std::string& path, const std::string& target) {
  if (!first_time(path)) return;
  add_folders_above(path);
  const auto point = [&](archive_entry* entry) {
    ::archive_entry_set_symlink(entry, target.c_str());
  };
  write(archive_, path, S_IFLNK | 0777, point, {});
}

void CpioWriter::add_character_device(const std::string& path, unsigned major, unsigned minor) {
  if (!first_time(path)) return;
  add_folders_above(path);
  const auto number = [&](archive_entry* entry) {
    ::archive_entry_set_rdevmajor(entry, major);
    ::archive_entry_set_rdevminor(entry, minor);
  };
  write(archive_, path, S_IFCHR | 0600, number, {});
}

void CpioWriter::close() {
  if (::archive_write_close(archive_) != ARCHIVE_OK) fail(archive_, "initramfs");
}

}  // namespace natstep::harness
