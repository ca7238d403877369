// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/guest.h"

#include "harness/cli/descriptor.h"
#include "harness/cli/exit_code.h"
#include "harness/cli/scenario_job.h"
#include "harness/fleet/command.h"
#include "harness/fleet/file.h"
#include "harness/fleet/guest_channel.h"
#include "harness/fleet/initramfs.h"
#include "harness/fleet/kept_hooks.h"
#include "harness/fleet/mailbox.h"
#include "harness/lockstep/this_kernel.h"
#include "harness/report/output.h"
#include "model/clause.h"
#include "model/profile.h"
#include "netns/dut.h"
#include "netns/error.h"
#include "netns/machine_setting.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

namespace natstep::harness {
namespace {

namespace fs = std::filesystem;

/// A kernel without a console starts its first process without any of them, and what is opened next
/// would be taken for one.
void open_standard_descriptors() {
  int fd = 0;
  do {
    fd = ::open("/dev/null", O_RDWR);
  } while (fd >= 0 && fd <= STDERR_FILENO);
  ::close(fd);
}

void mount_what_is_missing() {
  ::mount("devtmpfs", "/dev", "devtmpfs", 0, nullptr);
  ::mount("proc", "/proc", "proc", 0, nullptr);
  ::mount("sysfs", "/sys", "sysfs", 0, nullptr);
  ::mount("debugfs", "/sys/kernel/debug", "debugfs", 0, nullptr);
}

/// Whether the root is the host's (user-mode Linux) and not an initramfs.
bool has_files_of_host() {
  return !fs::exists(guest_program);
}

/// A layer of memory takes what is written; the host's files below it stay as they are.
void cover_files_of_host() {
  const auto mounted = [](const char* type, const char* place, const char* options) {
    return ::mount(type, place, type, 0, options) == 0;
  };
  std::error_code error;
  bool covered = mounted("tmpfs", "/tmp", nullptr);
  for (const char* folder : {"/tmp/written", "/tmp/work", "/tmp/root"})
    covered = covered && fs::create_directory(folder, error);
  covered = covered &&
            mounted("overlay", "/tmp/root", "lowerdir=/,upperdir=/tmp/written,workdir=/tmp/work") &&
            ::chroot("/tmp/root") == 0 && ::chdir("/") == 0;
  if (!covered)
    fmt::print(stderr,
               "natstep: this kernel has no overlay file system ({}); see CONFIG_OVERLAY_FS\n",
               std::strerror(errno));
}

/// Artefacts of earlier runs, and of other guests at this moment, are not this guest's.
void hide_host_files_in(const fs::path& folder) {
  if (folder.empty()) return;
  std::error_code ignored;
  fs::create_directories(folder, ignored);
  ::mount("tmpfs", folder.c_str(), "tmpfs", 0, nullptr);
}

std::string load_modules() {
  std::string failed;
  std::ifstream order(guest_module_order);
  for (std::string name; std::getline(order, name);) {
    const std::string path = fmt::format("{}/{}.ko", guest_modules, name);
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file || ::syscall(SYS_finit_module, file.get(), "", 0) != 0)
      failed += fmt::format("{} ({}) ", name, std::strerror(errno));
  }
  return failed;
}

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = ::write(fd, bytes.data(), bytes.size());
    if (size > 0) bytes.remove_prefix(static_cast<std::size_t>(size));
    if (size < 0 && errno != EINTR && errno != EAGAIN) return;
  }
}

void place(const std::vector<GuestFile>& files) {
  for (const GuestFile& file : files) {
    std::error_code ignored;
    fs::create_directories(fs::absolute(file.path).parent_path(), ignored);
    std::ofstream(file.path, std::ios::binary) << file.content;
  }
}

/// What lies in a folder, which is then removed.
std::vector<GuestFile> collect(const fs::path& folder) {
  std::vector<GuestFile> files;
  if (folder.empty()) return files;
  std::error_code absent;
  for (const auto& entry : fs::recursive_directory_iterator(folder, absent))
    if (entry.is_regular_file())
      files.push_back({.path = entry.path().native(), .content = content_of(entry.path())});
  fs::remove_all(folder, absent);
  return files;
}

JobOptions job_of(const GuestOptions& options) {
  JobOptions job;
  const auto profile = model::find_profile(options.profile);
  job.lockstep.profile =
      profile ? *profile : as_configured_here(model::profile_for_release(options.profile));
  job.lockstep.broken = model::find_clause(options.broken);
  job.lockstep.other_profiles = options.other_profiles;
  job.lockstep.asked = model::features_named(options.asked);
  job.minimise = options.minimise;
  job.out = options.out;
  job.colour = options.colour;
  job.watch = static_cast<Watch>(options.watch);
  return job;
}

/// The kernel's own way to be crashed, where it has it (CONFIG_MAGIC_SYSRQ; user-mode Linux has it
/// for its management console alone). Elsewhere nothing ends a kernel as surely as the end of its
/// first process.
[[noreturn]] void crash() {
  std::ofstream("/proc/sysrq-trigger") << 'c' << std::flush;
  ::_exit(status_to_crash);
}

/// A WARN_ONCE that was given is given again (clearing-warn-once.rst in the kernel's
/// documentation). False where the kernel cannot.
bool forget_warnings() {
  std::ofstream file("/sys/kernel/debug/clear_warn_once");
  return static_cast<bool>(file << '1' << std::flush);
}

/// Does what frames ask for; lives in a process of its own, so that its end is not the machine's.
class Server {
 public:
  explicit Server(int channel)
      : channel_(channel), mailbox_(find_mailbox()), frames_(mailbox_.get()) {}

  void serve() {
    std::array<char, 65536> piece{};
    for (;;) {
      const ssize_t size = ::read(channel_, piece.data(), piece.size());
      if (size < 0 && errno == EINTR) continue;
      if (size <= 0) return;
      frames_.feed({piece.data(), static_cast<std::size_t>(size)});
      if (has_files_of_host()) tell_what_was_read(static_cast<std::size_t>(size));
      while (const auto frame = frames_.next())
        handle(*frame);
    }
  }

 private:
  void handle(const GuestFrame& frame) {
    if (frame.kind == "options") return set(decode_options(frame.payload));
    if (frame.kind == "scenario") return answer("result", run(decode_scenario(frame.payload)));
    if (frame.kind == "crash") crash();
    if (frame.kind == "rearm") return answer(forget_warnings() ? "rearmed" : "cannot", {});
    if (frame.kind == "command") return answer("output", run(decode_command(frame.payload)));
  }

  void answer(const char* kind, std::string payload) const {
    write_all(channel_, to_wire({.kind = kind, .payload = std::move(payload)}, mailbox_.get()));
  }

  void tell_what_was_read(std::size_t bytes) {
    for (untold_ += bytes; untold_ >= guest_piece; untold_ -= guest_piece)
      answer("read", {});
  }

  void set(const GuestOptions& options) {
    enter(options.folder);
    out_ = options.out;
    if (has_files_of_host()) hide_host_files_in(out_);
    worker_ = std::make_unique<ScenarioWorker>(job_of(options));
  }

  static void enter(const std::string& folder) {
    std::error_code ignored;
    fs::create_directories(folder, ignored);
    fs::current_path(folder, ignored);
  }

  std::string run(const ScenarioRequest& request) {
    place(request.files);
    const Result result = worker_->run({.path = request.path, .area = request.area});
    return encode(ScenarioReply{.result = encode(result), .files = collect(out_)});
  }

  static std::string run(const CommandRequest& request) {
    enter(request.folder);
    place(request.files);
    std::vector<std::string> words{fs::read_symlink("/proc/self/exe").native()};
    words.insert(words.end(), request.words.begin(), request.words.end());
    CommandResult result = run_command(words);
    if (result.exit_status == status_to_crash) crash();
    CommandReply reply{.status = result.exit_status,
                       .out = std::move(result.output),
                       .errors = std::move(result.errors),
                       .files = {}};
    for (const GuestFile& file : request.files)
      if (std::string now = content_of(file.path); now != file.content)
        reply.files.push_back({.path = file.path, .content = std::move(now)});
    return encode(reply);
  }

  int channel_;
  std::unique_ptr<Mailbox> mailbox_;  // in QEMU
  FrameReader frames_;
  std::size_t untold_ = 0;  // bytes that were read since "read" was said
  std::unique_ptr<ScenarioWorker> worker_;
  std::string out_;
};

/// Waits for the server to end, and for whatever else ends meanwhile. Nothing when it is lost.
std::optional<int> wait_status(pid_t server) {
  int status = 0;
  for (;;) {
    const pid_t ended = ::waitpid(-1, &status, 0);
    if (ended == server) return status;
    if (ended < 0 && errno != EINTR) return std::nullopt;
  }
}

std::string cause_of_end(int status) {
  if (!WIFSIGNALED(status)) return fmt::format("exited with status {}", WEXITSTATUS(status));
  const char* name = ::sigabbrev_np(WTERMSIG(status));
  return fmt::format("killed by SIG{}", name != nullptr ? name : "?");
}

[[noreturn]] void power_off() {
  ::sync();
  ::reboot(RB_POWER_OFF);
  for (;;)
    ::pause();
}

}  // namespace

Descriptor open_guest_channel() {
  // The second serial line, on which nothing but frames goes.
  for (const char* path : {"/dev/ttyS1", "/dev/ttyS0"}) {
    Descriptor channel(::open(path, O_RDWR | O_NOCTTY | O_CLOEXEC));
    termios modes{};
    if (!channel || ::tcgetattr(channel.get(), &modes) != 0) continue;
    ::cfmakeraw(&modes);
    ::tcsetattr(channel.get(), TCSANOW, &modes);
    return channel;
  }
  return {};
}

void write_frame(int channel, const GuestFrame& frame) {
  write_all(channel, to_wire(frame));
}

void share_folder_with_host(const fs::path& folder) {
  std::error_code ignored;
  fs::create_directories(folder, ignored);
  if (::mount("none", folder.c_str(), "hostfs", 0, folder.c_str()) != 0)
    netns::throw_failed(fmt::format("{}: hostfs", folder.native()), errno);
}

int run_guest() {
  if (::getpid() != 1) {
    fmt::print(stderr, "natstep: `guest` is what natstep does inside a machine that it booted\n");
    return exit_status::usage;
  }
  open_standard_descriptors();
  ::setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
  if (has_files_of_host()) cover_files_of_host();
  mount_what_is_missing();
  netns::take_machine_for_our_own();
  const std::string failed = load_modules();
  if (!has_files_of_host()) keep_hooks();
  const Descriptor channel = open_guest_channel();
  const netns::KernelInfo kernel = netns::running_kernel();
  write_all(channel.get(), to_wire({.kind = "hello", .payload = kernel.release + "\n" + failed}));
  const pid_t server = ::fork();
  if (server == 0) {
    try {
      Server(channel.get()).serve();
    } catch (const std::exception& error) {
      fmt::print(stderr, "natstep: {}\n", error.what());
      ::_exit(EXIT_FAILURE);
    }
    ::_exit(0);
  }
  const auto status = wait_status(server);
  if (status && WIFEXITED(*status) && WEXITSTATUS(*status) == status_to_crash)
    return exit_status::failed;
  const std::string why = status ? cause_of_end(*status) : "lost";
  write_all(channel.get(), to_wire({.kind = "gone", .payload = why}));
  ::tcdrain(channel.get());
  power_off();
}

}  // namespace natstep::harness
