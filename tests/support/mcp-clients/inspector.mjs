// Runs the job with the command line of the MCP Inspector, one process per call:
// node inspector.mjs <url>.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { job } from "./job.mjs";

const [url] = process.argv.slice(2);
const inspector = fileURLToPath(new URL("node_modules/.bin/mcp-inspector", import.meta.url));
await job(async (name, args) => {
    const given = Object.entries(args).flatMap(([key, value]) => ["--tool-arg", `${key}=${value}`]);
    const words = ["--cli", url, "--transport", "http", "--method", "tools/call"];
    const { stdout } = await promisify(execFile)(inspector, [
        ...words,
        "--tool-name",
        name,
        ...given,
    ]);
    return JSON.parse(stdout);
});
process.exit(0);
