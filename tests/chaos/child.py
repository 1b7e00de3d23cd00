"""A child that writes down elsewhere what it writes: every piece first into a file of its own, then
into the stream. `child.py <kind> <files begin with> <seed>`; it ends as its kind does."""
import os
import random
import signal
import sys
import time

kind, base, seed = sys.argv[1], sys.argv[2], int(sys.argv[3])
dice = random.Random(seed)
flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
copies = {1: os.open(base + ".out", flags), 2: os.open(base + ".err", flags)}


def whole(fd, data):
    while data:
        data = data[os.write(fd, data):]


def say(data, fd=1):
    whole(copies[fd], data)
    whole(fd, data)


def line(n):
    say(b"line %d %s\n" % (n, b"x" * dice.randrange(100)), dice.choice([1, 1, 1, 2]))


def note(text):
    with open(base + ".new", "w") as file:
        file.write(text)
    os.rename(base + ".new", base + ".exit")


def leave(code):
    note(str(code))
    os._exit(code)


def told(*_):
    say(b"told to end\n")
    leave(5)


def stay():
    """A descendant that wants to be forgotten: no session, no parent, no ear."""
    if os.fork():
        return
    if dice.random() < 0.5:
        os.setsid()
    if os.fork():
        os._exit(0)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    while True:
        time.sleep(1000)


code = dice.randrange(1, 200)
if kind == "chatty" or kind == "terminal":
    for n in range(dice.randrange(100, 2000)):
        line(n)
        time.sleep(dice.choice([0, 0, 0.0005, 0.002]))
elif kind == "silent":
    time.sleep(dice.random() * 1.5)
elif kind == "crashing":
    for n in range(dice.randrange(500)):
        line(n)
    time.sleep(dice.random())
    say(b"last words without an end")
    say(b"and of the other", 2)
    note("signal 6")
    signal.signal(signal.SIGABRT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGABRT)
elif kind == "forking":
    for n in range(50):
        if os.fork() == 0:
            time.sleep(dice.random() * 0.01)
            os._exit(0)
        line(n)
        time.sleep(0.01)
elif kind == "escaping":
    for n in range(3):
        stay()
    line(1)
    time.sleep(dice.random())
elif kind == "huge":
    for n in range(8):
        say(b"y" * 65536)
        time.sleep(dice.random() * 0.1)
    say(b"\n")
elif kind == "binary":
    for n in range(60):
        say(dice.randbytes(dice.randrange(5000)), dice.choice([1, 2]))
        time.sleep(dice.random() * 0.02)
elif kind == "forever":
    signal.signal(signal.SIGTERM, told)
    n = 0
    while True:
        n += 1
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        line(n)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        time.sleep(0.002)
leave(code)
