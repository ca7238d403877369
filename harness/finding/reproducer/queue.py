# ---- user space's queues
QUEUE_LINK = None
WAITING = {}


def bind_queues():
    global QUEUE_LINK
    QUEUE_LINK = nfnetlink()
    for queue in QUEUES:
        ask(QUEUE_LINK, message(3, 2, 0x5, attribute(1, struct.pack(">BBH", 1, 0, 0)), resource=queue))
        ask(QUEUE_LINK, message(3, 2, 0x5, attribute(2, struct.pack(">IB", 0xFFFF, 2)), resource=queue))


def collect_waiting():
    while select.select([QUEUE_LINK], [], [], 0)[0]:
        for kind, payload, body in messages(QUEUE_LINK.recv(1 << 20)):
            if kind == 3 << 8:
                queue = struct.unpack_from(">H", payload, 2)[0]
                WAITING.setdefault(queue, []).append(attributes(body)[1][:4])


def release(queue, accept, packet):
    collect_waiting()
    if not WAITING.get(queue):
        return
    verdict = attribute(2, struct.pack(">I", 1 if accept else 0) + WAITING[queue].pop(0))
    changed = attribute(10, bytes.fromhex(packet)) if packet else b""
    QUEUE_LINK.send(message(3, 1, 0x1, verdict + changed, resource=queue))
