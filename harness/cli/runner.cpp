// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/cli/runner.h"

#include "harness/cli/descriptor.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace natstep::harness {
namespace {

using Clock = std::chrono::steady_clock;

// ---- messages: a length (or an item number) of eight bytes in host order, then the bytes ----

/// False when the other side is gone. MSG_NOSIGNAL: a dead worker must not take the parent along by
/// SIGPIPE.
bool send_all(int fd, const void* data, std::size_t size) {
  const char* at = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t sent = ::send(fd, at, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    at += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

bool receive_all(int fd, void* data, std::size_t size) {
  char* at = static_cast<char*>(data);
  while (size > 0) {
    const ssize_t got = ::recv(fd, at, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

bool send_number(int fd, std::uint64_t number) {
  return send_all(fd, &number, sizeof number);
}

std::optional<std::uint64_t> receive_number(int fd) {
  std::uint64_t number = 0;
  if (!receive_all(fd, &number, sizeof number)) return std::nullopt;
  return number;
}

std::optional<std::string> receive_message(int fd) {
  const auto size = receive_number(fd);
  if (!size) return std::nullopt;
  std::string message(*size, '\0');
  if (!receive_all(fd, message.data(), message.size())) return std::nullopt;
  return message;
}

// ---- the signals that end a run ----

/// While it lives, SIGINT, SIGTERM and SIGHUP do not end the process but are read from a
/// descriptor.
class EndSignals {
 public:
  EndSignals() {
    sigset_t ends;
    sigemptyset(&ends);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
      sigaddset(&ends, signal);
    sigprocmask(SIG_BLOCK, &ends, &before_);
    fd_ = Descriptor(::signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd_) throw std::system_error(errno, std::generic_category(), "signalfd");
  }
  ~EndSignals() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  EndSignals(const EndSignals&) = delete;
  EndSignals& operator=(const EndSignals&) = delete;

  [[nodiscard]] int fd() const { return fd_.get(); }
  void take() const {
    signalfd_siginfo info{};
    while (::read(fd_.get(), &info, sizeof info) > 0) {
    }
  }

 private:
  sigset_t before_{};
  Descriptor fd_;
};

// ---- a worker ----

struct Worker {
  pid_t pid = -1;
  Descriptor socket;
  std::optional<std::size_t> item;
  Clock::time_point deadline;
};

/// What a worker does until the parent closes its end. The parent alone decides about signals from
/// the terminal.
[[noreturn]] void serve(int socket, pid_t parent, const MakeWork& make_work) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);
  const Work work = make_work();
  // Entering a user namespace may have cleared it.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  while (const auto item = receive_number(socket)) {
    const std::string message = work(*item);
    if (!send_number(socket, message.size()) || !send_all(socket, message.data(), message.size()))
      break;
  }
  ::_exit(0);
}

std::string cause_of_death(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFSIGNALED(status)) return fmt::format("exited with status {}", WEXITSTATUS(status));
  const char* name = ::sigabbrev_np(WTERMSIG(status));
  return name != nullptr ? fmt::format("killed by SIG{}", name)
                         : fmt::format("killed by signal {}", WTERMSIG(status));
}

class Pool {
 public:
  Pool(std::size_t items, const RunnerOptions& options, const MakeWork& make_work,
       const RunnerEvents& events)
      : items_(items), options_(options), make_work_(make_work), events_(events) {}
  ~Pool() {
    for (Worker& worker : workers_)
      dismiss(worker);
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  RunEnd run() {
    while (workers_.size() < std::min(options_.jobs, items_))
      engage();
    while (!workers_.empty())
      wait_and_handle();
    return interrupted_ ? RunEnd::interrupted : RunEnd::complete;
  }

 private:
  [[nodiscard]] bool more() const { return !interrupted_ && next_ < items_; }

  /// Forks a worker and gives it an item.
  void engage() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
      throw std::system_error(errno, std::generic_category(), "socketpair");
    Descriptor ours(ends[0]), theirs(ends[1]);
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (pid == 0) become_worker(theirs.get(), parent);
    workers_.push_back(Worker{.pid = pid, .socket = std::move(ours), .item = {}, .deadline = {}});
    assign(workers_.back());
  }

  /// The parent's ends of the other sockets are closed here: a worker must see the parent's death
  /// as end of file.
  [[noreturn]] void become_worker(int socket, pid_t parent) {
    workers_.clear();
    try {
      serve(socket, parent, make_work_);
    } catch (const std::exception& error) {
      fmt::print(stderr, "natstep: a worker failed: {}\n", error.what());
      ::_exit(EXIT_FAILURE);
    }
  }

  void assign(Worker& worker) {
    worker.item = next_++;
    worker.deadline = Clock::now() + options_.patience;
    // When the worker is already gone, its closed socket tells so at the next poll.
    (void)send_number(worker.socket.get(), *worker.item);
  }

  void wait_and_handle() {
    std::vector<pollfd> waits{{.fd = signals_.fd(), .events = POLLIN, .revents = 0}};
    for (const Worker& worker : workers_)
      waits.push_back({.fd = worker.socket.get(), .events = POLLIN, .revents = 0});
    const int ready = ::poll(waits.data(), waits.size(), milliseconds_to_deadline());
    if (ready < 0 && errno != EINTR)
      throw std::system_error(errno, std::generic_category(), "poll");
    if (waits[0].revents != 0) on_signal();
    for (std::size_t i = 0; i + 1 < waits.size(); ++i) {
      if (workers_[i].pid < 0) continue;  // dismissed by the signal just now
      if (waits[i + 1].revents != 0)
        on_message(workers_[i]);
      else if (Clock::now() >= workers_[i].deadline)
        on_silence(workers_[i]);
    }
    replace_the_gone();
  }

  [[nodiscard]] int milliseconds_to_deadline() const {
    const auto first = std::ranges::min_element(workers_, {}, &Worker::deadline)->deadline;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(first - Clock::now()).count();
    return static_cast<int>(std::max<std::int64_t>(left, 0));
  }

  void on_message(Worker& worker) {
    auto message = receive_message(worker.socket.get());
    if (!message) {
      const std::size_t item = *worker.item;
      const std::string why = cause_of_death(std::exchange(worker.pid, -1));
      events_.lost(item, why);
      return;
    }
    events_.done(*worker.item, std::move(*message));
    worker.item.reset();
    if (more())
      assign(worker);
    else
      dismiss(worker);
  }

  void on_silence(Worker& worker) {
    const std::size_t item = *worker.item;
    dismiss(worker);
    events_.lost(item, fmt::format("no answer for {} s", options_.patience.count()));
  }

  /// The first signal lets the items in flight finish, a second one does not wait for them.
  void on_signal() {
    signals_.take();
    if (std::exchange(interrupted_, true))
      for (Worker& worker : workers_)
        dismiss(worker);
  }

  /// Nothing that a worker holds needs an orderly end: the kernel takes its namespaces back.
  static void dismiss(Worker& worker) {
    if (worker.pid < 0) return;
    ::kill(worker.pid, SIGKILL);
    (void)cause_of_death(std::exchange(worker.pid, -1));
  }

  void replace_the_gone() {
    std::erase_if(workers_, [](const Worker& worker) { return worker.pid < 0; });
    while (more() && workers_.size() < options_.jobs)
      engage();
  }

  std::size_t items_;
  const RunnerOptions& options_;
  const MakeWork& make_work_;
  const RunnerEvents& events_;
  EndSignals signals_;
  std::vector<Worker> workers_;
  std::size_t next_ = 0;
  bool interrupted_ = false;
};

}  // namespace

RunEnd run_items(std::size_t items, const RunnerOptions& options, const MakeWork& make_work,
                 const RunnerEvents& events) {
  return Pool(items, options, make_work, events).run();
}

std::size_t usable_cpus() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<std::size_t>(std::max(CPU_COUNT(&set), 1));
}

}  // namespace natstep::harness
