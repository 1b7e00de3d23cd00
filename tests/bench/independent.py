#!/usr/bin/env python3
"""Measures the same things as the benchmark, with another client: Python's http.client and the programs
themselves. A fault in the benchmark's own client or clock would show as a difference.

    tests/bench/independent.py PROGRAM [--processes 50,500] [--bytes 1000000000]

PROGRAM is a release build of persistproc; a file `pp` stands beside it. `rg` has to be on the PATH. Each
row has its limit beside it. The exit code is 1 if a call fails, and 0 even if a limit is missed: a busy
machine misses limits.
"""

import argparse
import http.client
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

PROTOCOL = "2026-07-28"
CLIENT = {
    "io.modelcontextprotocol/protocolVersion": PROTOCOL,
    "io.modelcontextprotocol/clientInfo": {"name": "independent", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
LINE = "%012.0f GET /api/items/7 200 in 12 ms, a line of about the length that servers print"
NEEDLE = "00777777"


class Daemon:
    """A daemon with data, socket and port of its own."""

    def __init__(self, program):
        self.program = os.path.abspath(program)
        self.folder = tempfile.mkdtemp(prefix="ppi-")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.environment = dict(os.environ)
        self.environment["PERSISTPROC_DATA_DIR"] = os.path.join(self.folder, "data")
        self.environment["PERSISTPROC_PORT"] = str(self.port)
        flags = ["serve", "--keep-processes", "5000", "--log-limit", "64GiB"]
        self.process = subprocess.Popen(
            [self.program, *flags], env=self.environment, cwd=self.folder, stdout=subprocess.DEVNULL
        )
        self.run("list")
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def run(self, *words):
        """What a command prints."""
        command = [self.program, *words]
        done = subprocess.run(command, env=self.environment, cwd=self.folder, capture_output=True)
        if done.returncode != 0:
            sys.exit(f"{words}: {done.stderr.decode()}")
        return done.stdout

    def rest(self, path):
        self.connection.request("GET", path)
        return self.body()

    def mcp(self, method, **params):
        name = params.get("name", "")
        headers = {
            "content-type": "application/json",
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": PROTOCOL,
            "mcp-method": method,
        }
        if name:
            headers["mcp-name"] = name
        params["_meta"] = CLIENT
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        self.connection.request("POST", "/mcp", json.dumps(message), headers)
        return self.body()

    def body(self):
        response = self.connection.getresponse()
        body = response.read()
        if response.status != 200:
            sys.exit(f"{response.status}: {body[:200]}")
        return body

    def stop(self):
        self.run("shutdown")
        self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)


def median_ms(count, call):
    """The median time of a call in milliseconds, after one that is not counted."""
    call()
    times = []
    for _ in range(count):
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1e3)
    return statistics.median(times)


def show(name, measured, limit, unit="ms"):
    result = "met" if measured <= limit else "MISSED"
    print(f"{name:58} {measured:9.2f} {unit:3} limit {limit:6.1f} {unit:3} {result}", flush=True)


def calls(daemon):
    listed = median_ms(200, lambda: daemon.mcp("tools/list"))
    show("MCP tools/list over TCP", listed, 1)
    call = lambda: daemon.mcp("tools/call", name="list", arguments={})
    show("MCP list over TCP", median_ms(200, call), 1)
    arguments = {"command_or_label": "lines", "lines": 100}
    call = lambda: daemon.mcp("tools/call", name="output", arguments=arguments)
    show("MCP output of 100 lines over TCP", median_ms(200, call), 1)
    show("REST list on the same connection", median_ms(200, lambda: daemon.rest("/v1/processes")), 1)


def lists(daemon, counts):
    limits = {1: (1, 4), 50: (5, 8), 500: (20, 30), 2000: (80, 120)}
    running = 1
    for count in counts:
        for number in range(running, count):
            daemon.run("start", "--label", f"idle-{number}", "sleep", "900")
        running = max(running, count)
        mcp_limit, long_limit = limits.get(count, (0.04 * count, 0.06 * count))
        call = lambda: daemon.mcp("tools/call", name="list", arguments={})
        show(f"MCP list, {count} running", median_ms(30, call), mcp_limit)
        call = lambda: daemon.rest("/v1/processes?facts=true")
        show(f"REST list with facts, {count} running", median_ms(30, call), mcp_limit)
        call = lambda: daemon.run("list", "--long")
        show(f"persistproc list --long, {count} running", median_ms(15, call), long_limit)


def grep(daemon, size):
    """Beside `rg` over the same files. Both count what they find."""
    logs = os.path.join(self_folder(daemon, "big"), "runs")
    files = sorted(
        os.path.join(folder, name)
        for folder, _, names in os.walk(logs)
        for name in names
        if name.startswith("combined")
    )
    search = ["rg", "-j1", "-S", "-N", "-I", NEEDLE, *files]
    found = subprocess.run(search, capture_output=True).stdout
    command = ["output", "big", "--grep", NEEDLE, "--lines", "all"]
    if sorted(found.splitlines()) != sorted(daemon.run(*command).splitlines()):
        sys.exit("rg and output --grep find different lines")
    rg = median_ms(7, lambda: subprocess.run(search, capture_output=True))
    ours = median_ms(7, lambda: daemon.run(*command))
    show(f"output --grep over {size / 1e6:.0f} MB, rg takes {rg:.0f} ms", ours / rg, 1.2, "x")
    arguments = {"command_or_label": "big", "grep": NEEDLE}
    call = lambda: daemon.mcp("tools/call", name="output", arguments=arguments)
    show("  the same over MCP", median_ms(7, call) / rg, 1.2, "x")
    show("  persistproc search", median_ms(7, lambda: daemon.run("search", NEEDLE)) / rg, 1.2, "x")


def self_folder(daemon, process):
    return os.path.join(daemon.environment["PERSISTPROC_DATA_DIR"], "processes", process)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("--processes", default="50,500")
    parser.add_argument("--bytes", type=int, default=1_000_000_000)
    options = parser.parse_args()
    if not shutil.which("rg"):
        sys.exit("rg is not on the PATH. Install ripgrep.")
    daemon = Daemon(options.program)
    try:
        daemon.run("start", "--label", "lines", "sh", "-c", "seq 1000; exec sleep 900")
        calls(daemon)
        count = options.bytes // (len(LINE % 0) + 1)
        words = ["start", "--label", "big", "--wait-for", "exit", "--wait-timeout", "300"]
        daemon.run(*words, "seq", "-f", LINE, "1", str(count))
        grep(daemon, options.bytes)
        lists(daemon, [int(count) for count in options.processes.split(",")])
    finally:
        daemon.stop()


if __name__ == "__main__":
    main()
