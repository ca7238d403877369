// SPDX-License-Identifier: GPL-2.0-or-later
// The plug-in that embeds Python with Scapy; see scapy.h. The only file that knows Python.
#include "harness/scapy/scapy.h"

#include <optional>

#include <pybind11/embed.h>

namespace py = pybind11;

namespace natstep::harness {
namespace {

// Two functions of bytes, so that nothing else has to cross the border. The outermost IP header and
// the header behind it are summed anew; what an ICMP error quotes is data.
constexpr const char* helpers = R"(
import logging
logging.getLogger("scapy").setLevel(logging.ERROR)
from scapy.config import conf
conf.ipv6_enabled = False
from scapy.layers.inet import *
from scapy.packet import Raw

def natstep_evaluate(expression):
    # Takes a while, so only those who speak of IPv6 wait for it.
    if "v6" in expression:
        exec("from scapy.layers.inet6 import *", globals())
        conf.ipv6_enabled = True  # else TCP has no checksum over it
    return bytes(eval(expression, globals()))

def natstep_rebuild(data):
    packet = IP(data)
    for layer in (packet, packet.payload):
        if "chksum" in getattr(layer, "fields", {}):
            del layer.chksum
    return bytes(packet)
)";

wire::Bytes to_bytes(const py::object& object) {
  const std::string text = py::bytes(object);
  return {text.begin(), text.end()};
}

/// Python's message without the traceback: its first line.
std::string first_line(const std::string& message) {
  return message.substr(0, message.find('\n'));
}

class EmbeddedScapy final : public Scapy {
 public:
  EmbeddedScapy() {
    PyConfig config;
    PyConfig_InitIsolatedConfig(&config);
    // The interpreter that has Scapy, whatever `python3` comes first in PATH.
    PyConfig_SetBytesString(&config, &config.program_name, NATSTEP_PYTHON);
    interpreter_.emplace(&config);
    py::exec(helpers);
  }

  tl::expected<wire::Bytes, std::string> evaluate(const std::string& expression) override {
    return call("natstep_evaluate", py::str(expression));
  }

  tl::expected<wire::Bytes, std::string> rebuild(wire::ByteView packet) override {
    return call("natstep_rebuild",
                py::bytes(reinterpret_cast<const char*>(packet.data()), packet.size()));
  }

 private:
  static tl::expected<wire::Bytes, std::string> call(const char* function,
                                                     const py::object& argument) {
    try {
      return to_bytes(py::globals()[function](argument));
    } catch (const std::exception& error) {
      return tl::unexpected(first_line(error.what()));
    }
  }

  std::optional<py::scoped_interpreter> interpreter_;
};

}  // namespace
}  // namespace natstep::harness

extern "C" __attribute__((visibility("default"))) natstep::harness::Scapy* natstep_scapy_open(
    std::string& error) {
  try {
    // Never destroyed: an interpreter cannot be taken down safely while extension modules are
    // loaded.
    return new natstep::harness::EmbeddedScapy;
  } catch (const std::exception& failure) {
    error = natstep::harness::first_line(failure.what());
    return nullptr;
  }
}
