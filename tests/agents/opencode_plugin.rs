//! The plugin of opencode in Node, with the calls that opencode makes.

use serde_json::{Value, json};

use super::{home, mcp};
use crate::support::World;

/// Calls the functions of the plugin, and prints what they changed or threw.
const DRIVER: &str = r#"
const { Persistproc } = await import(process.argv[2]);
const hooks = await Persistproc({ directory: process.cwd() });
const call = async (name, input, output) => {
  try { await hooks[name](input, output); return output; } catch (error) { return { thrown: error.message }; }
};
const before = (command) =>
  call("tool.execute.before", { tool: "bash", sessionID: "s", callID: "c" }, { args: { command, description: "d" } });
const system = () => call("experimental.chat.system.transform", { sessionID: "s" }, { system: ["own"] });
console.log(JSON.stringify({
  first: await system(),
  second: await system(),
  start: await before("npm run dev"),
  kill: await before("pkill sleep"),
  list: await before("ls"),
  after: await call("tool.execute.after", { tool: "edit", sessionID: "s", callID: "c" }, { title: "", output: "ok", metadata: {} }),
}));
"#;

fn run_plugin(world: &World) -> Value {
    let driver = world.write("driver.mjs", DRIVER);
    let mut command = world.command("node");
    command.arg(driver).arg(home(world, ".config/opencode/plugins/persistproc.js"));
    command.env("PERSISTPROC_HOOK_TIMEOUT", "20000");
    world.run(command).ok().json()
}

#[test]
fn the_plugin_asks_the_hook() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    mcp(&world, ["install", "opencode", "--guard-shell"]).ok();
    let found = run_plugin(&world);
    let context = found["first"]["system"][1].as_str().unwrap();
    assert!(context.contains("web: sleep 1000"), "{found:#}");
    assert_eq!(found["first"], found["second"], "the system prompt stays the same");
    let command = found["start"]["args"]["command"].as_str().unwrap();
    assert!(command.ends_with(" start npm run dev"), "{found:#}");
    assert_eq!(found["start"]["args"]["description"], "d");
    assert!(found["kill"]["thrown"].as_str().unwrap().contains("stop web"), "{found:#}");
    assert_eq!(found["list"]["args"]["command"], "ls");
    assert_eq!(found["after"]["output"], "ok");
}

#[test]
fn without_a_daemon_or_the_program_nothing_changes() {
    let world = World::new();
    mcp(&world, ["install", "opencode", "--guard-shell"]).ok();
    let unchanged = |found: &Value| {
        assert_eq!(found["first"]["system"], json!(["own"]), "{found:#}");
        assert_eq!(found["start"]["args"]["command"], "npm run dev", "{found:#}");
        assert_eq!(found["after"]["output"], "ok", "{found:#}");
    };
    unchanged(&run_plugin(&world));
    let file = home(&world, ".config/opencode/plugins/persistproc.js");
    let text = std::fs::read_to_string(&file).unwrap();
    let text = text.replace(env!("CARGO_BIN_EXE_persistproc"), "/nowhere/persistproc");
    std::fs::write(&file, text).unwrap();
    unchanged(&run_plugin(&world));
}
