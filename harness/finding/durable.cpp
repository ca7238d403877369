// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/finding/durable.h"

#include "harness/report/output.h"

#include <cerrno>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace natstep::harness {
namespace {

namespace fs = std::filesystem;

void check(bool good, const fs::path& path) {
  if (!good) fail_writing(path, errno);
}

/// The file's bytes are on disk; its name may not be.
void write_synced(const fs::path& path, std::string_view text) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  check(static_cast<bool>(file), path);
  write_whole(file.get(), text, path);
  check(::fsync(file.get()) == 0, path);
}

void sync_folder(const fs::path& folder) {
  const Descriptor open(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  check(open && ::fsync(open.get()) == 0, folder);
}

/// Takes away what is only a preparation, unless it became more.
class Aside {
 public:
  explicit Aside(fs::path path) : path_(std::move(path)) {}
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;
  ~Aside() {
    std::error_code ignored;
    if (!kept_) fs::remove_all(path_, ignored);
  }
  void became(const fs::path& place) {
    check(::rename(path_.c_str(), place.c_str()) == 0, place);
    kept_ = true;
    sync_folder(place.parent_path());
  }

 private:
  fs::path path_;
  bool kept_ = false;
};

}  // namespace

void write_durably(const fs::path& path, std::string_view text) {
  const fs::path beside = path.parent_path() / ("." + path.filename().native() + ".new");
  Aside aside(beside);
  write_synced(beside, text);
  aside.became(path);
}

void make_folder_durably(const fs::path& folder, const fs::path& aside,
                         const std::vector<FileOfFinding>& files) {
  Aside preparation(aside);
  std::error_code error;
  for (const fs::path& needed : {aside, folder.parent_path()}) {
    fs::create_directories(needed, error);
    if (error) fail_writing(needed, error.value());
  }
  for (const FileOfFinding& file : files)
    write_synced(aside / file.name, file.content);
  sync_folder(aside);
  preparation.became(folder);
}

Descriptor hold_lock(const fs::path& path) {
  Descriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  check(static_cast<bool>(lock), path);
  while (::flock(lock.get(), LOCK_EX) != 0)
    check(errno == EINTR, path);
  return lock;
}

}  // namespace natstep::harness
