// Runs the job with the TypeScript SDK, version 1: node sdk-v1.mjs <package> <url>, or
// node sdk-v1.mjs <package> <program> [argument…] to talk to a stdio bridge.
import { job } from "./job.mjs";

const [name, server, ...rest] = process.argv.slice(2);
const { Client } = await import(`${name}/client/index.js`);
const client = new Client({ name: "sdk-v1", version: "1" });
if (server.startsWith("http")) {
    const { StreamableHTTPClientTransport } = await import(`${name}/client/streamableHttp.js`);
    await client.connect(new StreamableHTTPClientTransport(new URL(server)));
} else {
    const { StdioClientTransport } = await import(`${name}/client/stdio.js`);
    const bridge = { command: server, args: rest, env: process.env, stderr: "ignore" };
    await client.connect(new StdioClientTransport(bridge));
}
// After this call the client validates each result against the tool's output schema.
await client.listTools();
const options = process.env.PROGRESS ? { onprogress() {} } : {};
await job((name, args) => client.callTool({ name, arguments: args }, undefined, options));
await client.close();
process.exit(0);
