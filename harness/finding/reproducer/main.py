# ---- the conversation
def play_special(step):
    if "release" in step:
        release(*step["release"])
    else:
        write_entry(step["ct"])


def judge(frames, watch):
    if JUDGE == "entries":
        return judge_entries()
    if JUDGE == "expectations":
        return judge_expectations()
    if JUDGE == "tap":
        return judge_tap(logged(watch))
    if JUDGE == "life":
        return judge_life(watch)
    return judge_frames(frames)


def main():
    enter_new_network()
    ports = build_box()
    if QUEUES:
        bind_queues()
    tap = open_tap() if JUDGE == "tap" else None
    log = open_log() if JUDGE == "life" else None
    drain(ports)
    print("Linux %s; found on %s\n" % (os.uname().release, KERNEL))
    frames = []
    for number, step in enumerate(STEPS):
        if tap is not None:
            logged(tap)
        frames = play(ports, step)
        note_chosen(number, frames)
    is_found = judge(frames, tap or log)
    print("\n%s: %s" % ("FOUND" if is_found else "NOT FOUND", FINDING))
    return 1 if is_found else 0


if __name__ == "__main__":
    sys.exit(main())
