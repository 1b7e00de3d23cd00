// The TypeScript SDK of the first generation: node sdk-v1.mjs <package> <url>, or with
// <program> [argument…] in the place of the URL to talk to a bridge over its standard streams.
import { job } from "./job.mjs";

const [name, where, ...rest] = process.argv.slice(2);
const { Client } = await import(`${name}/client/index.js`);
const client = new Client({ name: "sdk-v1", version: "1" });
if (where.startsWith("http")) {
    const { StreamableHTTPClientTransport } = await import(`${name}/client/streamableHttp.js`);
    await client.connect(new StreamableHTTPClientTransport(new URL(where)));
} else {
    const { StdioClientTransport } = await import(`${name}/client/stdio.js`);
    const options = { command: where, args: rest, env: process.env, stderr: "ignore" };
    await client.connect(new StdioClientTransport(options));
}
// The client compiles the schemas of the answers now, and checks each answer against them.
await client.listTools();
await job((name, args) => client.callTool({ name, arguments: args }));
await client.close();
process.exit(0);
