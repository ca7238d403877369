// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/wire/icmpv4.h"

namespace natstep::wire {

Bytes build(const Icmpv4Header& header, ByteView payload) {
  Bytes bytes;
  bytes.reserve(icmpv4::size + payload.size());
  bytes.resize(icmpv4::size);
  bytes.insert(bytes.end(), payload.begin(), payload.end());

  const Icmpv4Edit edit(bytes);
  edit.set_type(header.type);
  edit.set_code(header.code);
  edit.set_rest(header.rest);
  edit.set_checksum(header.checksum ? *header.checksum : internet_checksum(bytes));
  return bytes;
}

}  // namespace natstep::wire
