# ---- conntrack entries and expectations, as ctnetlink shows them
def number(data):
    return int.from_bytes(data or b"\0", "big")


def tuple_text(data, zone=0):
    parts = attributes(data)
    ip, proto = attributes(parts.get(1, b"")), attributes(parts.get(2, b""))
    family = socket.AF_INET if 1 in ip else socket.AF_INET6
    src, dst = (ip.get(1), ip.get(2)) if 1 in ip else (ip.get(3), ip.get(4))
    protocol = number(proto.get(1))
    if protocol in (1, 58):  # the identifier, and type and code
        base = 4 if protocol == 1 else 7
        ids = number(proto.get(base)), number(proto.get(base + 1)) << 8 | number(proto.get(base + 2))
    else:
        ids = number(proto.get(2)), number(proto.get(3))
    text = "%d %s %d > %s %d" % (protocol, socket.inet_ntop(family, src), ids[0],
                                 socket.inet_ntop(family, dst), ids[1])
    return text + (" zone %d" % zone if zone else "")


def pair_of(parts, first, second):
    return [number(parts.get(first)), number(parts.get(second))]


def seq_adjust(data):
    parts = attributes(data or b"")
    signed = [number(parts.get(kind)) for kind in (2, 3)]
    return [number(parts.get(1))] + [v - (1 << 32) if v >> 31 else v for v in signed]


def protocol_details(entry, data):
    details = attributes(data)
    if 1 in details:
        tcp = attributes(details[1])
        entry["tcp.state"] = number(tcp.get(1))
        entry["tcp.window_scale"] = pair_of(tcp, 2, 3)
        entry["tcp.flags"] = [tcp.get(4, b"\0")[0], tcp.get(5, b"\0")[0]]
    if 2 in details:
        dccp = attributes(details[2])
        entry["dccp.state"] = number(dccp.get(1))
        entry["dccp.role"] = number(dccp.get(2))
        entry["dccp.handshake_seq"] = number(dccp.get(3))
    if 3 in details:
        sctp = attributes(details[3])
        entry["sctp.state"] = number(sctp.get(1))
        entry["sctp.vtags"] = pair_of(sctp, 2, 3)


def entry_of(parts):
    zone = number(parts.get(18))
    entry = {"original": tuple_text(parts[1], zone or number(attributes(parts[1]).get(3))),
             "reply": tuple_text(parts[2], zone or number(attributes(parts[2]).get(3))),
             "status": number(parts.get(3)),
             "timeout": number(parts[7]) if 7 in parts else None,
             "mark": number(parts.get(8)),
             "labels": parts.get(22, b"").ljust(16, b"\0").hex()}
    protocol_details(entry, parts.get(4, b""))
    if 5 in parts:
        entry["helper"] = attributes(parts[5]).get(1, b"").rstrip(b"\0").decode()
    for name, kind in (("counters.original", 9), ("counters.reply", 10)):
        if kind in parts:
            entry[name] = pair_of(attributes(parts[kind]), 1, 2)
    for name, kind in (("seq_adjust.original", 15), ("seq_adjust.reply", 16)):
        if kind in parts:
            entry[name] = seq_adjust(parts[kind])
    return entry


def entries():
    return [entry_of(parts) for family in (2, 10) for parts in dump(1, 1, family)]


def expectation_text(parts):
    expected, mask = tuple_text(parts[2]).split(), tuple_text(parts[3]).split()
    any_address = not any(socket.inet_pton(socket.AF_INET6 if ":" in mask[1] else socket.AF_INET,
                                           mask[1]))
    port = "*" if mask[2] == "0" else expected[2]
    source = "*" if any_address and port == "*" else "%s:%s" % (expected[1], port)
    protocol = {"6": "tcp", "17": "udp"}.get(expected[0], expected[0])
    return "%s %s > %s:%s" % (protocol, source, expected[4], expected[5])


def expectations():
    return sorted(expectation_text(parts) for family in (2, 10) for parts in dump(2, 1, family))


def value_of(voice, original, name):
    found = [entry for entry in voice if entry["original"] == original]
    if name is None:
        return bool(found)
    return found[0].get(name) if found else None


def agree(name, seen, voice):
    if name == "timeout" and seen is not None and voice is not None:
        return voice - 3 <= seen <= voice + 1  # it runs down, and was read a moment later
    return seen == voice


def judge_entries():
    seen = entries()
    print()
    verdicts = []
    for original, name in JUDGED_ENTRIES:
        here, found, expected = (value_of(voice, original, name)
                                 for voice in (seen, FOUND_ENTRIES, EXPECTED_ENTRIES))
        print("  entry %s\n    %-12s the model %s   this kernel %s" % (original, name or "there", expected, here))
        verdicts.append((agree(name, here, found), agree(name, here, expected)))
    if all(is_found for is_found, _ in verdicts):
        return True
    if all(is_expected for _, is_expected in verdicts):
        return False
    give_up("this kernel's entries are neither what was found nor what the model says")


def judge_expectations():
    seen = expectations()
    print("\n  the model    expects %s\n  this kernel  expects %s" % (EXPECTED_EXPECTATIONS, seen))
    if seen == FOUND_EXPECTATIONS:
        return True
    if seen == EXPECTED_EXPECTATIONS:
        return False
    give_up("this kernel expects neither what was found nor what the model says")


def write_entry(words):
    attributes = bytes.fromhex(words["attributes"])
    ask(nfnetlink(), message(1, words["kind"], words["flags"], attributes, words["family"]))
