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

const pause = (ms, value) => new Promise((resolve) => setTimeout(() => resolve(value), ms));

/** `ask` makes one call and returns the result as the client parsed it. */
export async function job(ask) {
    await (process.env.JOB === "interrupted-wait" ? interruptedWait(ask) : wholeJob(ask));
    console.log("done");
}

/** A wait during which the test kills the daemon and starts the next one. It ends soon, with an error,
 * or goes on with the next daemon. */
async function interruptedWait(ask) {
    const command_or_label = "nap";
    const start = { action: "start", command_or_label: "sleep 1000", label: command_or_label };
    await ask("ctrl", { ...start, working_directory: process.cwd() });
    const call = ask("wait", { command_or_label, for: "exit", timeout_seconds: 40 });
    const waiting = call.then((result) => result, (error) => ({ error }));
    // When it is answered, the wait before it has reached the daemon.
    await ask("list", {});
    await pause(1500);
    console.log("next");
    await lines.next();
    const isOver = (await Promise.race([waiting, pause(3000, "goes on")])) !== "goes on";
    const begin = Date.now();
    await ask("list", {});
    const milliseconds = Date.now() - begin;
    assert.ok(milliseconds < 1000, `the next call took ${milliseconds} ms`);
    await ask("ctrl", { action: "stop", command_or_label });
    const result = await Promise.race([waiting, pause(5000, "never ended")]);
    assert.notEqual(result, "never ended");
    assert.ok(isOver || result.structuredContent?.reached, JSON.stringify(result));
    console.log(isOver ? "the wait failed" : "the wait went on");
}

async function wholeJob(ask) {
    const call = async (name, args) => {
        console.log("next");
        await lines.next();
        let result = await ask(name, args);
        // A client with a session for each call is asked about its own earlier sessions.
        if (result.isError && JSON.stringify(result).includes("is in use")) {
            result = await ask(name, args);
        }
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
}
