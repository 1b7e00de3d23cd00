"""Runs the job with the Python clients: job.py legacy|auto|fastmcp <url>."""

import asyncio
import os
import sys
import time

# A server on any free port.
SERVER = """python3 -uc "import socket, sys
server = socket.create_server(('127.0.0.1', 0))
print('Local: http://localhost:%d/' % server.getsockname()[1])
sys.stdin.read()"
"""


async def interrupted_wait(ask):
    """A wait during which the test kills the daemon and starts the next one. It ends soon, with an error,
    or goes on with the next daemon."""
    nap = {"command_or_label": "nap"}
    start = {"action": "start", "command_or_label": "sleep 1000", "label": "nap"}
    await ask("ctrl", {**start, "working_directory": os.getcwd()})
    arguments = {**nap, "for": "exit", "timeout_seconds": 40}
    waiting = asyncio.create_task(ask("wait", arguments))
    # When it is answered, the wait before it has reached the daemon.
    await ask("list", {})
    await asyncio.sleep(1.5)
    print("next", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await asyncio.wait([waiting], timeout=3)
    is_over = waiting.done()
    begin = time.monotonic()
    await ask("list", {})
    assert time.monotonic() - begin < 1, time.monotonic() - begin
    await ask("ctrl", {**nap, "action": "stop"})
    await asyncio.wait([waiting], timeout=5)
    assert waiting.done()
    assert is_over or waiting.result()["reached"], waiting
    if is_over:
        assert waiting.exception() is not None, waiting.result()
    print("the wait failed" if is_over else "the wait went on", flush=True)
    print("done", flush=True)


async def job(client, ask):
    # After this reply the client's initialization has reached the daemon.
    await client.list_tools()

    if os.environ.get("JOB") == "interrupted-wait":
        return await interrupted_wait(ask)

    async def call(name, **arguments):
        print("next", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        return await ask(name, arguments)

    web = {"command_or_label": "web"}
    start = {"action": "start", "command_or_label": SERVER, "label": "web", "wait_for": "ready"}
    started = await call("ctrl", working_directory=os.getcwd(), **start)
    assert started["url"].startswith("http://localhost:"), started
    waited = await call("wait", pattern="local", **web)
    assert waited["reached"], waited
    cursor = waited["cursor"]
    assert (await call("output", cursor=cursor, **web))["output"] == []
    restarted = await call("ctrl", action="restart", **web)
    assert restarted["pid"] != started["pid"], restarted
    assert (await call("wait", pattern="local", cursor=cursor, **web))["reached"]
    assert len((await call("list"))["processes"]) == 1
    assert (await call("ctrl", action="stop", **web))["status"] == "terminated"
    print("done", flush=True)


async def with_mcp(mode, url):
    from mcp import Client

    async with Client(url, mode=mode) as client:

        async def ask(name, arguments):
            result = await client.call_tool(name, arguments)
            assert not result.is_error, result
            return result.structured_content

        await job(client, ask)


async def with_fastmcp(url):
    from fastmcp import Client

    async with Client(url) as client:

        async def ask(name, arguments):
            return (await client.call_tool(name, arguments)).structured_content

        await job(client, ask)


mode, url = sys.argv[1:]
asyncio.run(with_fastmcp(url) if mode == "fastmcp" else with_mcp(mode, url))
