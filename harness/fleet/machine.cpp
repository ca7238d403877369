// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/machine.h"

#include "harness/fleet/initramfs.h"
#include "netns/child.h"
#include "netns/error.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace natstep::harness {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int patience_with_reader = 30'000;  // milliseconds

/// What a CPU of 2008 can do is emulated fast. A newer one tempts the kernel and the C library to
/// use what is not: five levels of page tables, AVX. The random numbers let the guest begin at
/// once. After an emulated cmpxchg16b, with which SLUB takes an object, the flags can be garbage,
/// the trap flag among them (seen in QEMU 7.2): the kernel dies in kmem_cache_alloc, and is
/// innocent.
constexpr const char* plain_cpu = "Nehalem,+rdrand,-cx16";

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

[[noreturn]] void wait_and_exit(pid_t child) {
  // What the machine listens to must be its own alone, or its end goes unnoticed.
  ::close_range(0, ~0U, 0);
  while (child > 0 && ::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
  ::_exit(0);
}

void end_with(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);
}

[[noreturn]] void become(const std::string& program, std::vector<std::string> words, int output) {
  const int null = ::open("/dev/null", O_RDWR);
  ::dup2(null, STDIN_FILENO);
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO})
    ::dup2(output >= 0 ? output : null, fd);
  words.insert(words.begin(), program);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv(program.c_str(), arguments.data());
  ::_exit(127);
}

/// User-mode Linux keeps the processes of the guest as processes of its own, which outlive it when
/// it is killed. In a PID namespace they end with its first process, which is this one. Returns in
/// the child that is to become the machine.
void stand_above(pid_t parent) {
  end_with(parent);
  if (::unshare(CLONE_NEWPID) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0) ::_exit(126);
  const pid_t first = ::fork();
  if (first != 0) wait_and_exit(first);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const pid_t machine = ::fork();
  if (machine != 0) wait_and_exit(machine);
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
  // emulated timer can seem not to tick at all. Where programs always lie at the same addresses,
  // emulation translates them once and not at every start. The kernel's ciphers were tested by who
  // built them.
  std::string kernel_line = fmt::format(
      "console=ttyS0 loglevel=5 panic=-1 oops=panic mitigations=off random.trust_cpu=on "
      "tsc=unstable no_timer_check norandmaps cryptomgr.notests rdinit={}",
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
          kvm ? "host" : plain_cpu,
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
          "-object",
          fmt::format("memory-backend-file,id=mailbox,mem-path=/proc/self/fd/{},size={},share=on",
                      fds.mailbox, 2 * Mailbox::half),
          "-device",
          "ivshmem-plain,memdev=mailbox",
          "-kernel",
          kernel.image.native(),
          "-initrd",
          fmt::format("/proc/self/fd/{}", fds.initramfs),
          "-append",
          kernel_line};
}

std::vector<std::string> uml_words(const Kernel& kernel, const MachineFds& fds,
                                   const BootOptions& options) {
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
  std::vector<std::string> words{
      fmt::format("mem={}M", options.megabytes), "root=none", "rootfstype=hostfs", "rootflags=/",
      "ro", "panic=-1", "oops=panic", "loglevel=5",
      // It would make a folder there for a management console, which nobody uses.
      "uml_dir=/dev/null", "con=null", "ssl=null", fmt::format("ssl1=fd:{0},fd:{0}", fds.channel),
      fmt::format("init={}", program.native())};
  if (options.console == ConsoleTells::at_once) {
    // Else it is added behind the words for natstep.
    words.insert(words.end(), {"console=tty0", fmt::format("con0=fd:{0},fd:{0}", fds.console)});
  } else {
    // Without any console a dying kernel prints its log to its own standard output (kmsg_dump.c).
    words.insert(words.end(), {"console=none", "panic_on_warn=1", "printk.devkmsg=on"});
  }
  if (kernel.virtual_time) words.emplace_back("time-travel=inf-cpu");
  words.insert(words.end(), options.kernel_words.begin(), options.kernel_words.end());
  words.insert(words.end(), {"--", "guest"});
  return words;
}

Machine::Machine(const Kernel& kernel, int initramfs, const BootOptions& options)
    : in_pieces_(kernel.kind == KernelKind::uml) {
  const std::string program = program_of(kernel);
  Ends console = make_ends();
  Ends channel = make_ends();
  Descriptor shared;
  if (kernel.kind == KernelKind::pc) {
    shared = Descriptor(make_mailbox_file());
    mailbox_ = std::make_unique<Mailbox>(shared.get(), Mailbox::Side::host);
    reader_ = FrameReader(mailbox_.get());
  }
  const MachineFds fds{.console = console.theirs.get(),
                       .channel = channel.theirs.get(),
                       .initramfs = initramfs,
                       .mailbox = shared.get()};
  std::vector<std::string> words = kernel.kind == KernelKind::uml
                                       ? uml_words(kernel, fds, options)
                                       : qemu_words(kernel, fds, options);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) netns::throw_failed("fork", errno);
  if (pid_ == 0) {
    if (kernel.kind == KernelKind::uml)
      stand_above(parent);
    else
      end_with(parent);
    const bool in_the_end = options.console == ConsoleTells::in_the_end;
    become(program, std::move(words), in_the_end ? fds.console : -1);
  }
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
  reader_.feed(bytes);
  while (auto frame = reader_.next()) {
    if (frame->kind == "read")
      ++pieces_read_;
    else
      frames_.push_back(std::move(*frame));
  }
  if (!drain(console_fd_.get(), console_)) gone_ = true;
}

std::size_t Machine::room() const {
  if (!in_pieces_) return std::string::npos;
  return (pieces_read_ + 1) * guest_piece - sent_;
}

bool Machine::send(const GuestFrame& frame) {
  std::string bytes = to_wire(frame, mailbox_.get());
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), room());
    const ssize_t sent = size == 0 ? 0 : ::send(channel_.get(), bytes.data(), size, MSG_NOSIGNAL);
    if (sent > 0) {
      sent_ += static_cast<std::size_t>(sent);
      bytes.erase(0, static_cast<std::size_t>(sent));
      continue;
    }
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
    // The machine must get rid of what it has to say, or it will not listen.
    take_what_there_is();
    if (gone_) return false;
    const auto events = static_cast<short>(size == 0 ? POLLIN : POLLIN | POLLOUT);
    pollfd wait{.fd = channel_.get(), .events = events, .revents = 0};
    if (size == 0 && room() > 0) continue;  // it has read meanwhile
    if (::poll(&wait, 1, patience_with_reader) == 0) return false;
  }
  return true;
}

std::optional<GuestFrame> Machine::receive(std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  for (;;) {
    take_what_there_is();
    if (!frames_.empty()) {
      GuestFrame frame = std::move(frames_.front());
      frames_.pop_front();
      return frame;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (gone_ || left <= 0) return std::nullopt;
    std::array<pollfd, 2> waits{pollfd{.fd = channel_.get(), .events = POLLIN, .revents = 0},
                                pollfd{.fd = console_fd_.get(), .events = POLLIN, .revents = 0}};
    ::poll(waits.data(), waits.size(), static_cast<int>(left));
  }
}

void Machine::await_console(std::string_view words, std::size_t from,
                            std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  for (;;) {
    take_what_there_is();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (console_.find(words, from) != std::string::npos || gone_ || left <= 0) return;
    pollfd wait{.fd = console_fd_.get(), .events = POLLIN, .revents = 0};
    ::poll(&wait, 1, static_cast<int>(left));
  }
}

}  // namespace natstep::harness
