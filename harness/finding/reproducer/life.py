# ---- whether this kernel lives: what it says about itself stands in its log
def open_log():
    """The log from here on; None for who may not read it."""
    try:
        log = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(log, 0, os.SEEK_END)
        return log
    except OSError:
        return None


def log_lines(log):
    while True:
        try:
            yield os.read(log, 8192).decode(errors="replace").split(";", 1)[-1]
        except BlockingIOError:
            return
        except BrokenPipeError:  # the log was faster than its reader
            continue


def judge_life(log):
    if log is None:
        print("\nThis kernel lives; its log may not be read here.")
        return False
    words = ("WARNING:", "BUG:", "Oops", "general protection fault", "UBSAN:")
    troubles = [line for line in log_lines(log) if any(word in line for word in words)]
    print("\nThis kernel lives, and complains about %s" % (troubles or "nothing"))
    return bool(troubles)
