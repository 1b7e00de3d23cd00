import { spawn } from "node:child_process";

const COMMAND = ["persistproc"];
const GUARDS_SHELL = false;
const TIMEOUT_MS = 1000;
const TOOLS = ["edit", "write", "patch", "apply_patch", "multiedit", "bash"];

/** Runs the hook. Any failure is an empty answer, with which opencode goes on as without the plugin. */
function ask(input) {
  const words = GUARDS_SHELL ? [...COMMAND, "--guard-shell"] : COMMAND;
  return new Promise((resolve) => {
    const fail = () => resolve({});
    try {
      const child = spawn(words[0], words.slice(1), { stdio: ["pipe", "pipe", "ignore"] });
      const timer = setTimeout(() => {
        child.kill();
        fail();
      }, TIMEOUT_MS);
      let text = "";
      child.stdout.on("data", (chunk) => {
        text += chunk;
      });
      child.stdin.on("error", () => {});
      child.on("error", fail);
      child.on("close", () => {
        clearTimeout(timer);
        try {
          resolve(text ? JSON.parse(text) : {});
        } catch {
          fail();
        }
      });
      child.stdin.end(JSON.stringify(input));
    } catch {
      fail();
    }
  });
}

export const Persistproc = async ({ directory }) => {
  const contexts = new Map();
  const call = (event, session, more) =>
    ask({ event, session_id: session ?? "", directory, ...more });
  return {
    "experimental.chat.system.transform": async (input, output) => {
      const session = input?.sessionID;
      if (!session || !Array.isArray(output?.system)) return;
      // The same text for each request of a session, so that the prompt can be cached.
      if (!contexts.has(session)) contexts.set(session, call("session_start", session, {}));
      const { context } = await contexts.get(session);
      if (context) output.system.push(context);
    },
    "tool.execute.before": async (input, output) => {
      if (!GUARDS_SHELL || input.tool !== "bash" || !output?.args) return;
      const { command, refuse } = await call("before_shell", input.sessionID, {
        tool: "bash",
        args: output.args,
      });
      if (refuse) throw new Error(refuse);
      if (command) output.args.command = command;
    },
    "tool.execute.after": async (input, output) => {
      if (!TOOLS.includes(input.tool) || typeof output?.output !== "string") return;
      const { context } = await call("after_tool", input.sessionID, {
        tool: input.tool,
        call_id: input.callID,
      });
      if (context) output.output += `\n\n${context}`;
    },
  };
};
