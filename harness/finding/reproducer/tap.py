# ---- the packet between two hook functions
def open_tap():
    """A chain that logs the packet stands where the two voices part."""
    family, hook, priority = TAP
    link, group = nfnetlink(), 9253
    ask(link, message(4, 1, 0x5, attribute(1, struct.pack("B", 1)), resource=group))
    ask(link, message(4, 1, 0x5, attribute(2, struct.pack(">IBx", 0xFFFF, 2)) +
                      attribute(5, struct.pack(">I", 1)), resource=group))
    tool(["nft", "-f", "-"], "table %s tap { chain tap { type filter hook %s priority %d; log group %d; }; }\n"
         % (family, hook, priority, group))
    return link


def logged(link):
    """The last packet that came by, or None."""
    packet = None
    while select.select([link], [], [], 0)[0]:
        for kind, _, body in messages(link.recv(1 << 20)):
            if kind == 4 << 8:
                packet = attributes(body).get(9)
    return packet


def judge_tap(seen):
    _, hook, priority = TAP
    found, expected = (None if voice is None else bytes.fromhex(voice)
                       for voice in (FOUND_TAP, EXPECTED_TAP))
    print("\n  at %s, priority %d" % (hook, priority))
    for label, voice, other in (("the model", expected, found), ("this kernel", seen, expected)):
        if voice is None:
            print("  %s: no packet comes by" % label)
        else:
            show_bytes(label, voice, voice, other)
    if seen == found:
        return True
    if seen == expected:
        return False
    give_up("this kernel shows neither what was found nor what the model says")
