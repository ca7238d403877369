# ---- nfnetlink
def attribute(kind, data):
    size = 4 + len(data)
    return struct.pack("=HH", size, kind) + data + b"\0" * (-size % 4)


def attributes(data):
    found = {}
    while len(data) >= 4:
        size, kind = struct.unpack_from("=HH", data)
        if size < 4:
            break
        found[kind & 0x3FFF] = data[4:size]
        data = data[size + (-size % 4):]
    return found


def nfnetlink():
    return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)


def message(subsystem, kind, flags, body=b"", family=0, resource=0):
    payload = struct.pack("=BBH", family, 0, socket.htons(resource)) + body
    return struct.pack("=IHHII", 16 + len(payload), subsystem << 8 | kind, flags, 1, 0) + payload


def messages(data):
    """Type, address family, resource and attributes of each."""
    while len(data) >= 16:
        size, kind = struct.unpack_from("=IH", data)
        yield kind, data[16:size], data[20:size]
        data = data[size + (-size % 4):]


def ask(link, request):
    """Sends what is to be acknowledged."""
    link.send(request)
    while True:
        for kind, payload, _ in messages(link.recv(1 << 20)):
            if kind == 2:  # NLMSG_ERROR
                error = -struct.unpack_from("=i", payload)[0]
                if error:
                    give_up("nfnetlink: " + os.strerror(error))
                return


def dump(subsystem, kind, family):
    link, found = nfnetlink(), []
    link.send(message(subsystem, kind, 0x301, family=family))  # NLM_F_REQUEST | NLM_F_DUMP
    while True:
        for got, payload, body in messages(link.recv(1 << 20)):
            if got in (2, 3):  # NLMSG_ERROR, NLMSG_DONE
                return found
            found.append(attributes(body))
