# ---- a network of its own: it vanishes with this process, and the machine's own is never touched
import ctypes
import fcntl
import os
import select
import socket
import struct
import subprocess
import sys
import time


def write_text(path, text):
    with open(path, "w") as file:
        file.write(text)


def enter_new_network():
    clone_newnet, clone_newuser = 0x40000000, 0x10000000
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(clone_newnet) == 0:
        return
    user, group = os.geteuid(), os.getegid()
    if libc.unshare(clone_newuser | clone_newnet) != 0:
        give_up("a network namespace needs root, or user namespaces: "
                + os.strerror(ctypes.get_errno()))
    write_text("/proc/self/setgroups", "deny")
    write_text("/proc/self/uid_map", "0 %d 1" % user)
    write_text("/proc/self/gid_map", "0 %d 1" % group)


def give_up(why):
    print("CANNOT TELL: " + why)
    sys.exit(2)


def tool(words, text=""):
    try:
        done = subprocess.run(words, input=text.encode(), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
    except FileNotFoundError:
        give_up("%s is not installed" % words[0])
    if done.returncode != 0:
        give_up("`%s`: %s" % (" ".join(words), done.stderr.decode(errors="replace").strip()))
    return done.stdout.decode(errors="replace")


def write_sysctl(key, value):
    path = key.translate(str.maketrans("./", "/."))
    try:
        write_text("/proc/sys/" + path, value)
        return True
    except OSError:
        return False


def open_port(name):
    iff_tun, iff_no_pi, iff_vnet_hdr, tunsetiff = 0x1, 0x1000, 0x4000, 0x400454CA
    flags = iff_tun | iff_no_pi | (iff_vnet_hdr if OFFLOAD else 0)
    try:
        port = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(port, tunsetiff, struct.pack("16sH22x", name.encode(), flags))
    except OSError as error:
        give_up("/dev/net/tun: %s" % error)
    return port


def build_box():
    """Ports are TUN devices: what is written into one arrives there, what leaves is read."""
    for key, value in SYSCTLS_BEFORE:
        write_sysctl(key, value)
    tool(["ip", "link", "set", "lo", "up"])
    ports = {}
    for name, mtu, addresses in PORTS:
        ports[name] = open_port(name)
        multicast = ["multicast", "off"] if IPV6 else []
        tool(["ip", "link", "set", name, "mtu", str(mtu), "up"] + multicast)
        for address in addresses:
            tool(["ip", "addr", "add", address, "dev", name] + (["nodad"] if ":" in address else []))
    wait_for_addresses()
    for route in ROUTES:
        tool(["ip"] + (["-6"] if ":" in route else []) + ["route", "add"] + route.split())
    for key, value in SYSCTLS_BEHIND:
        write_sysctl(key, value)
    for key, value in SYSCTLS:
        if not write_sysctl(key, value):
            give_up("the kernel refuses the sysctl %s = %s" % (key, value))
    for program, text in RULES:
        load_rules(program, text)
    return ports


def wait_for_addresses():
    """An IPv6 address is the box's own once a work queue has made its route."""
    wanted = [a.split("/")[0] for _, _, addresses in PORTS for a in addresses if ":" in a]
    for _ in range(200):
        table = tool(["ip", "-6", "route", "show", "table", "local"]) if wanted else ""
        if all("local " + address + " " in table for address in wanted):
            return
        time.sleep(0.01)


def load_rules(program, text):
    if program == "nft":
        tool(["nft", "-f", "-"], text)
    else:
        tool([program, "--noflush"], text)


# ---- packets
OFFLOAD_HEADER = struct.Struct("=BBHHHH")  # struct virtio_net_hdr


def receive(port):
    try:
        frame = os.read(port, 70000)
    except BlockingIOError:
        return None
    return frame[OFFLOAD_HEADER.size:] if OFFLOAD else frame


def drain(ports):
    """What has left, port by port. A write returns when its packet is through, so nothing is waited
    for, but for what goes through the box's own sockets."""
    frames = []
    for name, _, _ in PORTS:
        frame = receive(ports[name])
        while frame is not None:
            frames.append((name, frame))
            frame = receive(ports[name])
    return frames


def inject(ports, step):
    header = OFFLOAD_HEADER.pack(*step.get("offload", (0, 0, 0, 0, 0, 0))) if OFFLOAD else b""
    try:
        os.write(ports[step["in"]], header + follow(step))
    except OSError as error:
        print("the kernel does not take the packet: %s" % error)


def send(step):
    """The box's own packet, with its header, through a raw socket."""
    packet = follow(step)
    ipv6 = IPV6 and step["bytes"].startswith("6")  # else it goes as IPv4's, whatever it says
    family = socket.AF_INET6 if ipv6 else socket.AF_INET
    to = socket.inet_ntop(family, packet[24:40] if ipv6 else packet[16:20])
    sender = socket.socket(family, socket.SOCK_RAW, 255)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    try:
        sender.sendto(packet, (to, 0))
    except OSError as error:
        print("the sender is told: %s" % error)


def quiet(ports):
    """Waits until what the loopback carries has come to rest."""
    frames = drain(ports)
    while select.select(list(ports.values()), [], [], 0.1)[0]:
        frames += drain(ports)
    order = [name for name, _, _ in PORTS]
    return sorted(frames, key=lambda frame: order.index(frame[0]))


# ---- what the kernel may choose: a port after a clash, an id
def update(checksum, old, new):
    """RFC 1624, equation 3."""
    total = (~checksum & 0xFFFF) + (~old & 0xFFFF) + new
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def word(data, at):
    return struct.unpack_from(">H", data, at)[0]


def value_at(data, at, length):
    return int.from_bytes(data[at:at + length], "big")


def put_chosen(data, at, chosen, value, sums):
    """An IPv6 fragment's id has four bytes, over which there is no sum."""
    if chosen[3] == 4:
        struct.pack_into(">I", data, at, value)
    else:
        put(data, at, value, sums)


def put(data, at, value, sums):
    """Writes a word, and into the checksums over it, the innermost first, what follows from that."""
    old = word(data, at)
    struct.pack_into(">H", data, at, value)
    for index, checksum in enumerate(sums):
        if word(data, checksum):  # zero: UDP without one
            put(data, checksum, update(word(data, checksum), old, value), sums[index + 1:])


def note_chosen(number, frames):
    for chosen in CHOSEN:
        step, frame, offset, length = chosen[:4]
        if step == number and frame < len(frames) and offset + length <= len(frames[frame][1]):
            chosen.append(value_at(frames[frame][1], offset, length))


def follow(step):
    """The bytes of a step, with what this kernel chose in place of what was chosen when found."""
    data = bytearray.fromhex(step["bytes"])
    for which, offset, sums in step.get("follows", []):
        put_chosen(data, offset, CHOSEN[which], CHOSEN[which][-1], sums)
    return bytes(data)


def as_found(frames):
    """The frames as if this kernel had chosen what was chosen when it was found."""
    changed = []
    for index, (port, data) in enumerate(frames):
        data = bytearray(data)
        for which, offset, sums in FREE[index] if index < len(FREE) else []:
            chosen = CHOSEN[which]
            if value_at(data, offset, chosen[3]) == chosen[-1]:
                put_chosen(data, offset, chosen, chosen[4], sums)
        changed.append((port, bytes(data)))
    return changed


def play(ports, step):
    print("  " + step["text"])
    if "wait" in step:
        time.sleep(step["wait"])
    if "in" in step:
        inject(ports, step)
    elif "send" in step:
        send(step)
        return quiet(ports)
    elif "rules" in step:
        load_rules(*step["rules"])
    elif "ip" in step:
        tool(["ip"] + step["ip"].split())
    elif "sysctl" in step:
        write_sysctl(*step["sysctl"])
    else:
        play_special(step)
    return drain(ports)


# ---- what came of it
def in_rows(data):
    return [data[i:i + 16] for i in range(0, len(data), 16)]


def show_bytes(label, data, judged, other):
    """Sixteen bytes a row; those that the other side has otherwise are marked below."""
    print("  %s, %d bytes" % (label, len(data)))
    for number, row in enumerate(in_rows(data)):
        begin = 16 * number
        print("    %04x  %s" % (begin, " ".join("%02x" % byte for byte in row)))
        marks = ["  " if other is None or other[at:at + 1] == judged[at:at + 1] else "^^"
                 for at in range(begin, begin + len(row))]
        if "^^" in marks:
            print("          " + " ".join(marks).rstrip())


def show_frames(label, frames, others):
    if not frames:
        print("  %s: nothing leaves" % label)
    for index, (port, data) in enumerate(frames):
        other = others[index][1] if index < len(others) else None
        judged = as_found(frames)[index][1]
        show_bytes("%s, leaves on %s" % (label, port), data, judged, other)


def shape(frames):
    return [(port, len(data)) for port, data in frames]


def same(seen, voice):
    """Whether the frames are this voice's, in the bytes that tell the two voices apart."""
    seen = as_found(seen)
    return shape(seen) == shape(voice) and all(
        seen[frame][1][at] == voice[frame][1][at] for frame, at in JUDGED)


def judge_frames(seen):
    found = [(port, bytes.fromhex(data)) for port, data in FOUND]
    expected = None if EXPECTED is None else [(port, bytes.fromhex(data)) for port, data in EXPECTED]
    print()
    if expected is not None:
        show_frames("the model", expected, found)
    show_frames("this kernel", seen, expected if expected is not None else found)
    if same(seen, found):
        return True
    if expected is None or same(seen, expected):
        return False
    print()
    show_frames("what was found", found, seen)
    give_up("this kernel does neither what was found nor what the model says")
