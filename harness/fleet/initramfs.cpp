// SPDX-License-Identifier: GPL-2.0-or-later
#include "harness/fleet/initramfs.h"

#include "harness/fleet/archive.h"
#include "harness/fleet/command.h"
#include "harness/fleet/file.h"
#include "harness/fleet/kernel_modules.h"
#include "netns/child.h"
#include "netns/error.h"

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <sys/mman.h>

namespace natstep::harness {
namespace {

namespace fs = std::filesystem;

/// What the dynamic linker would load for a program, as ldd(1) finds it out.
std::vector<std::string> libraries_of(const fs::path& program) {
  const CommandResult result = run_command({program.native()}, {"LD_TRACE_LOADED_OBJECTS=1"});
  std::vector<std::string> libraries;
  std::istringstream words(result.output);
  for (std::string word; words >> word;)
    if (word.starts_with('/')) libraries.push_back(word);
  return libraries;
}

class Root {
 public:
  explicit Root(int fd) : cpio_(fs::path("/proc/self/fd") / std::to_string(fd)) {}

  void add_base() {
    for (const char* folder : {"/proc", "/sys", "/dev", "/tmp", "/run", "/etc"})
      cpio_.add_folder(folder);
    cpio_.add_character_device("/dev/console", 5, 1);
    cpio_.add_character_device("/dev/null", 1, 3);
    for (const char* file : {"/etc/protocols", "/etc/services", "/etc/iproute2/rt_marks"})
      add_if_there(file);
  }

  void add_natstep() {
    const fs::path program = fs::read_symlink("/proc/self/exe");
    cpio_.add_file(guest_program, content_of(program));
    add_libraries(program);
  }

  /// iptables' programs are links to one that acts by its name.
  void add_rule_tools() {
    for (const char* name : {"iptables-legacy-restore", "ip6tables-legacy-restore",
                             "iptables-nft-restore", "ip6tables-nft-restore"}) {
      const std::string path = netns::find_program(name);
      if (path.empty()) continue;
      const fs::path real = fs::canonical(path);
      cpio_.add_file(real.native(), content_of(real));
      cpio_.add_link(std::string("/usr/sbin/") + name, real.native());
      add_libraries(real);
    }
    for (const char* folder :
         {"/usr/lib/x86_64-linux-gnu/xtables", "/usr/lib64/xtables", "/usr/lib/xtables"})
      add_plugins(folder);
  }

  void add_modules(const Kernel& kernel) {
    std::string order;
    for (const std::string& name : kernel.modules) {
      const std::string file = name + ".ko";
      cpio_.add_file(std::string(guest_modules) + "/" + file,
                     without_signature(content_of(kernel.folder / "modules" / file)));
      order += name + "\n";
    }
    cpio_.add_file(guest_module_order, order);
  }

  void close() { cpio_.close(); }

 private:
  void add_if_there(const fs::path& path) {
    if (fs::is_regular_file(path)) cpio_.add_file(path.native(), content_of(path));
  }

  void add_libraries(const fs::path& program) {
    for (const std::string& library : libraries_of(program))
      add_if_there(library);
  }

  void add_plugins(const fs::path& folder) {
    std::error_code absent;
    for (const auto& entry : fs::directory_iterator(folder, absent))
      add_if_there(entry.path());
  }

  CpioWriter cpio_;
};

}  // namespace

Descriptor make_initramfs(const Kernel& kernel) {
  Descriptor file(::memfd_create("initramfs", 0));
  if (!file) netns::throw_failed("memfd", errno);
  Root root(file.get());
  root.add_base();
  root.add_natstep();
  root.add_rule_tools();
  root.add_modules(kernel);
  root.close();
  return file;
}

}  // namespace natstep::harness
