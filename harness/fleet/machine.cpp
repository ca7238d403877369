// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/machine.h"

#include "harness/fleet/initramfs.h"
#include "netns/child.h"
#include "netns/error.h"

#include <array>
#include <cerrno>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace natstep::harness {
namespace {

using Clock = std::chrono::steady_clock;

struct Ends {
  Descriptor ours;
  Descriptor theirs;
};

/// Theirs is inherited by the machine, ours by nobody.
Ends make_ends() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) netns::throw_failed("socketpair", errno);
  ::fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {.ours = Descriptor(ends[0]), .theirs = Descriptor(ends[1])};
}

[[noreturn]] void become(const std::string& program, std::vector<std::string> words, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);
  const int null = ::open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    ::dup2(null, fd);
  words.insert(words.begin(), program);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv(program.c_str(), arguments.data());
  ::_exit(127);
}

std::string program_of(const Kernel& kernel) {
  if (kernel.kind == KernelKind::uml) return kernel.image.native();
  std::string qemu = netns::find_program("qemu-system-x86_64");
  if (qemu.empty())
    netns::throw_missing("qemu-system-x86_64 is not installed",
                         "apt-get install --no-install-recommends qemu-system-x86");
  return qemu;
}

}  // namespace

std::vector<std::string> qemu_words(const Kernel& kernel, const MachineFds& fds,
                                    const BootOptions& options) {
  const bool kvm = options.accelerator == Accelerator::kvm;
  // One CPU without defences against others: the guest runs nothing but natstep. On a busy host an
  // emulated timer can seem not to tick at all.
  std::string kernel_line = fmt::format(
      "console=ttyS0 loglevel=5 panic=-1 oops=panic mitigations=off random.trust_cpu=on "
      "tsc=unstable no_timer_check rdinit={}",
      guest_program);
  for (const std::string& word : options.kernel_words)
    kernel_line += " " + word;
  kernel_line += " -- guest";
  return {"-nodefaults",
          "-no-user-config",
          "-display",
          "none",
          "-no-reboot",
          "-machine",
          kvm ? "pc,accel=kvm" : "pc,accel=tcg",
          "-cpu",
          kvm ? "host" : "max",
          "-m",
          fmt::to_string(options.megabytes),
          "-chardev",
          fmt::format("socket,id=console,fd={}", fds.console),
          "-serial",
          "chardev:console",
          "-chardev",
          fmt::format("socket,id=channel,fd={}", fds.channel),
          "-serial",
          "chardev:channel",
          "-kernel",
          kernel.image.native(),
          "-initrd",
          fmt::format("/proc/self/fd/{}", fds.initramfs),
          "-append",
          kernel_line};
}

std::vector<std::string> uml_words(const Kernel&, const MachineFds& fds,
                                   const BootOptions& options) {
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
  std::vector<std::string> words{
      fmt::format("mem={}M", options.megabytes), "root=none", "rootfstype=hostfs", "rootflags=/",
      "rw", "panic=-1", "oops=panic", "loglevel=5",
      // Else it is added behind the words for natstep.
      "console=tty0", fmt::format("con0=fd:{0},fd:{0}", fds.console), "con=null",
      fmt::format("ssl0=fd:{0},fd:{0}", fds.channel), fmt::format("init={}", program.native())};
  words.insert(words.end(), options.kernel_words.begin(), options.kernel_words.end());
  words.insert(words.end(), {"--", "guest"});
  return words;
}

Machine::Machine(const Kernel& kernel, int initramfs, const BootOptions& options) {
  const std::string program = program_of(kernel);
  Ends console = make_ends();
  Ends channel = make_ends();
  const MachineFds fds{
      .console = console.theirs.get(), .channel = channel.theirs.get(), .initramfs = initramfs};
  std::vector<std::string> words = kernel.kind == KernelKind::uml
                                       ? uml_words(kernel, fds, options)
                                       : qemu_words(kernel, fds, options);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) netns::throw_failed("fork", errno);
  if (pid_ == 0) become(program, std::move(words), parent);
  console_fd_ = std::move(console.ours);
  channel_ = std::move(channel.ours);
}

Machine::~Machine() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool Machine::drain(int fd, std::string& into) {
  std::array<char, 65536> piece{};
  for (;;) {
    const ssize_t size = ::read(fd, piece.data(), piece.size());
    if (size > 0) {
      into.append(piece.data(), static_cast<std::size_t>(size));
    } else if (size == 0 || (errno != EINTR && errno != EAGAIN)) {
      return false;
    } else if (errno == EAGAIN) {
      return true;
    }
  }
}

void Machine::take_what_there_is() {
  std::string bytes;
  if (!drain(channel_.get(), bytes)) gone_ = true;
  frames_.feed(bytes);
  if (!drain(console_fd_.get(), console_)) gone_ = true;
}

bool Machine::send(const GuestFrame& frame) {
  const std::string bytes = to_wire(frame);
  std::size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t sent = ::send(channel_.get(), bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
    if (sent >= 0) {
      at += static_cast<std::size_t>(sent);
      continue;
    }
    if (errno != EAGAIN && errno != EINTR) return false;
    // The machine must get rid of what it has to say, or it will not listen.
    take_what_there_is();
    if (gone_) return false;
    pollfd wait{.fd = channel_.get(), .events = POLLOUT | POLLIN, .revents = 0};
    ::poll(&wait, 1, 1000);
  }
  return true;
}

std::optional<GuestFrame> Machine::receive(std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  for (;;) {
    take_what_there_is();
    if (auto frame = frames_.next()) return frame;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (gone_ || left <= 0) return std::nullopt;
    std::array<pollfd, 2> waits{pollfd{.fd = channel_.get(), .events = POLLIN, .revents = 0},
                                pollfd{.fd = console_fd_.get(), .events = POLLIN, .revents = 0}};
    ::poll(waits.data(), waits.size(), static_cast<int>(left));
  }
}

}  // namespace natstep::harness
