"""A child that records its output: it writes each piece first to a file, then to the stream.

Usage: child.py <kind> <record> <seed>

The files `<record>.out` and `<record>.err` hold the output, `<record>.exit` the exit code or signal.
The kinds `terminal` and `merged` have one terminal or one pipe for both streams: `<record>.out` holds both
in order. The kind `reviving` prints nothing: `<record>.ready` says that it handles signals, and `<record>.revived`
holds what `pp list` printed.
"""
import os
import random
import signal
import subprocess
import sys
import time

kind, record, seed = sys.argv[1], sys.argv[2], int(sys.argv[3])
rng = random.Random(seed)
flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
copies = {1: os.open(record + ".out", flags), 2: os.open(record + ".err", flags)}
if kind in ("terminal", "merged"):
    copies[2] = copies[1]


def write_all(fd, data):
    while data:
        data = data[os.write(fd, data):]


def write(data, fd=1):
    write_all(copies[fd], data)
    write_all(fd, data)


def write_line(n):
    write(b"line %d %s\n" % (n, b"x" * rng.randrange(100)), rng.choice([1, 1, 1, 2]))


def record_exit(text):
    with open(record + ".new", "w") as file:
        file.write(text)
    os.rename(record + ".new", record + ".exit")


def leave(code):
    record_exit(str(code))
    os._exit(code)


def on_sigterm(*_):
    write(b"terminated\n")
    leave(5)


def start_daemon():
    """Starts a descendant that is hard to stop: an orphan that ignores SIGTERM, SIGHUP and SIGINT, at
    random in a session of its own. One with a session of its own outlives the run; its pid is
    recorded in `<record>.let_go`."""
    has_session = rng.random() < 0.5
    if os.fork():
        return
    if has_session:
        os.setsid()
    if os.fork():
        os._exit(0)
    if has_session:
        with open(record + ".let_go", "a") as file:
            file.write("%d\n" % os.getpid())
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    while True:
        time.sleep(1000)


code = rng.randrange(1, 200)
if kind in ("chatty", "terminal", "split", "merged"):
    for n in range(rng.randrange(100, 2000)):
        write_line(n)
        time.sleep(rng.choice([0, 0, 0.0005, 0.002]))
elif kind == "silent":
    time.sleep(rng.random() * 1.5)
elif kind == "crashing":
    for n in range(rng.randrange(500)):
        write_line(n)
    time.sleep(rng.random())
    write(b"an unfinished line")
    write(b"another on stderr", 2)
    record_exit("signal 6")
    signal.signal(signal.SIGABRT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGABRT)
elif kind == "failing":
    # Errors of one kind each, with pauses, and rebuilds after some of them.
    for word in "apple birch cedar daisy elder ficus grape hazel".split():
        write(b"Error: %s failed after %d ms\n" % (word.encode(), rng.randrange(1000)))
        time.sleep(rng.choice([0.35, 0.5]))
        if rng.random() < 0.3:
            write(b"compiled successfully in %d ms\n" % rng.randrange(1000))
            time.sleep(1.2)
        write_line(1)
elif kind == "forking":
    for n in range(50):
        if os.fork() == 0:
            time.sleep(rng.random() * 0.01)
            os._exit(0)
        write_line(n)
        time.sleep(0.01)
elif kind == "escaping":
    for n in range(3):
        start_daemon()
    write_line(1)
    time.sleep(rng.random())
elif kind == "huge":
    for n in range(8):
        write(b"y" * 65536)
        time.sleep(rng.random() * 0.1)
    write(b"\n")
elif kind == "binary":
    for n in range(60):
        write(rng.randbytes(rng.randrange(5000)), rng.choice([1, 2]))
        time.sleep(rng.random() * 0.02)
elif kind == "reviving":
    # Starts a daemon whenever the test asks for one. Prints nothing: a child that is orphaned before
    # its first line would be ended by SIGPIPE, and start none.
    signal.signal(signal.SIGTERM, on_sigterm)
    with open(record + ".ready", "w") as file:
        file.write("ready\n")
    while True:
        if os.path.exists(record + ".revive"):
            os.remove(record + ".revive")
            with open(record + ".revived", "wb") as answer:
                subprocess.run(["pp", "list"], stdout=answer, stderr=answer)
        time.sleep(0.02)
elif kind == "forever":
    signal.signal(signal.SIGTERM, on_sigterm)
    n = 0
    while True:
        n += 1
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        write_line(n)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        time.sleep(0.002)
leave(code)
