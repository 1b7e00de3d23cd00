// The job that every MCP client runs: start, wait, output, restart, list, stop. Before each call it
// prints `next` and waits for a line: the test replaces the daemon or lets the session expire meanwhile.
import assert from "node:assert/strict";
import { createInterface } from "node:readline";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

// A server on any free port.
const SERVER = `python3 -uc "import socket, sys
server = socket.create_server(('127.0.0.1', 0))
print('Local: http://localhost:%d/' % server.getsockname()[1])
sys.stdin.read()"`;

/** `ask` makes one call and returns the result as the client parsed it. */
export async function job(ask) {
    const call = async (name, args) => {
        console.log("next");
        await lines.next();
        const result = await ask(name, args);
        assert.equal(result.isError ?? false, false, JSON.stringify(result));
        return result.structuredContent;
    };
    const command_or_label = "web";
    const started = await call("ctrl", {
        action: "start",
        command_or_label: SERVER,
        working_directory: process.cwd(),
        label: "web",
        wait_for: "ready",
    });
    assert.match(started.url, /^http:\/\/localhost:\d+\/$/);
    const waited = await call("wait", { command_or_label, pattern: "local" });
    assert.equal(waited.reached, true);
    const { cursor } = waited;
    assert.deepEqual((await call("output", { command_or_label, cursor })).output, []);
    const restarted = await call("ctrl", { action: "restart", command_or_label });
    assert.notEqual(restarted.pid, started.pid);
    const again = await call("wait", { command_or_label, cursor, pattern: "local" });
    assert.equal(again.reached, true);
    assert.equal((await call("list", {})).processes.length, 1);
    const stopped = await call("ctrl", { action: "stop", command_or_label });
    assert.equal(stopped.status, "terminated");
    console.log("done");
}
