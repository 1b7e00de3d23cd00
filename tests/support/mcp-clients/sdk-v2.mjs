// Runs the job with the TypeScript SDK, version 2: node sdk-v2.mjs legacy|auto <url>.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { job } from "./job.mjs";

const [mode, url] = process.argv.slice(2);
const options = mode === "auto" ? { versionNegotiation: { mode: "auto" } } : {};
const client = new Client({ name: `sdk-v2-${mode}`, version: "1" }, options);
await client.connect(new StreamableHTTPClientTransport(new URL(url)));
await client.listTools();
await job((name, args) => client.callTool({ name, arguments: args }));
await client.close();
process.exit(0);
