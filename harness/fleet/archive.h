// SPDX-License-Identifier: GPL-2.0-or-later
// Archives, by way of libarchive: reading Debian packages, writing an initramfs.
#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>

struct archive;

namespace natstep::harness {

/// Calls `take` with the path ("lib/modules/...") and content of each file of a .deb whose path
/// `wanted` accepts. Throws EnvironmentError.
void read_deb(const std::filesystem::path& deb,
              const std::function<bool(std::string_view path)>& wanted,
              const std::function<void(std::string_view path, std::string content)>& take);

/// What `content` is when it is decompressed; itself when it is not compressed. Throws
/// EnvironmentError.
std::string decompressed(const std::string& content);

/// An initramfs in the making: a cpio archive as the kernel unpacks it.
class CpioWriter {
 public:
  /// Throws EnvironmentError, as all of its functions do.
  explicit CpioWriter(const std::filesystem::path& file);
  ~CpioWriter();
  CpioWriter(const CpioWriter&) = delete;
  CpioWriter& operator=(const CpioWriter&) = delete;

  /// A file at `path` ("/usr/bin/x"), with the folders above it, each once.
  void add_file(const std::string& path, std::string_view content);
  void add_folder(const std::string& path);
  void add_link(const std::string& path, const std::string& target);
  void add_character_device(const std::string& path, unsigned major, unsigned minor);
  void close();

 private:
  bool first_time(const std::string& path);
  void add_folders_above(const std::string& path);

  archive* archive_;
  std::set<std::string, std::less<>> seen_;
};

}  // namespace natstep::harness
