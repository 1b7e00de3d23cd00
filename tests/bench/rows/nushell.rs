//! The plugin in the real Nushell, timed by Nushell itself: the first call of a session, the calls
//! after it, and rows by the thousand.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::Fallible;
use crate::bench::Bench;
use crate::row::{Row, mb, ms};
use crate::stats::median;
use crate::world::{ROOMY, World, printed};

const NUMBER: u8 = 19;

/// Seconds and bytes, as JSON. A call that does nothing but ask the daemon is timed beside them.
const SCRIPT: &str = "
let cold = (timeit { persistproc ps | ignore })
let warm = (1..200 | each { timeit { persistproc ps | ignore } })
let rows = (1..5 | each { timeit { persistproc logs many --lines 20000 | each {} | length } })
def memory [] { ps | where name =~ nu_plugin_persi | get mem | math max | into int }
let before = memory
let count = (persistproc logs many --lines all | each {|row| $row.line? } | length)
let after = (memory)
{cold: $cold, warm: ($warm | math median), rows: ($rows | math median), before: $before, after: $after}
| update cold { $in / 1sec } | update warm { $in / 1sec } | update rows { $in / 1sec } | to json --raw
";

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let (Some(nu), Some(plugin)) = (nu(), plugin()) else {
        let why = "tests/support/fetch-nu target/test-tools; cargo build --release --workspace";
        return Ok(vec![Row::new(NUMBER, "the plugin in Nushell").absent(why)]);
    };
    let world = World::new(bench, ROOMY)?;
    let lines = bench.either(1_000_000, 100_000);
    world
        .cli(&[
            "start",
            "--label",
            "many",
            "--wait-for",
            "exit",
            "--wait-timeout",
            "600",
            "seq",
            "1",
            &lines.to_string(),
        ])
        .output()?;
    let mut asked = Vec::new();
    for _ in 0..200 {
        let begun = std::time::Instant::now();
        world.client.list(&Default::default())?;
        asked.push(begun.elapsed().as_secs_f64());
    }
    let (mut cold, mut warm, mut rows, mut grown) = (vec![], vec![], vec![], vec![]);
    for _ in 0..bench.either(5, 2) {
        let told = session(&world, &nu, &plugin)?;
        let figure = |name: &str| told[name].as_f64().ok_or("Nushell gave no figure");
        cold.push(figure("cold")?);
        warm.push(figure("warm")?);
        rows.push(figure("rows")?);
        grown.push(figure("after")? - figure("before")?);
    }
    let [cold, warm, rows, grown] = [cold, warm, rows, grown].map(|all| median(&all));
    let most = median(&asked) + 1e-3;
    Ok(vec![
        Row::new(NUMBER, "`persistproc ps` in Nushell, the first of a session")
            .ours(ms(cold))
            .goal("< 30 ms", cold < 30e-3),
        Row::new(NUMBER, "the same again, beside asking the daemon")
            .limit(ms(median(&asked)))
            .ours(ms(warm))
            .goal("+ 1 ms", warm < most),
        Row::new(NUMBER, "20,000 rows of `persistproc logs`")
            .ours(ms(rows))
            .goal("< 350 ms", rows < 0.35),
        Row::new(NUMBER, format!("{lines} rows: memory of the plugin"))
            .ours(format!("+ {}", mb(grown)))
            .goal("flat", grown < 16e6),
    ])
}

fn session(world: &World, nu: &Path, plugin: &Path) -> Fallible<Value> {
    let mut command = world.program(nu);
    command.args(["--no-config-file", "--plugins", &format!("[{}]", plugin.display())]);
    Ok(serde_json::from_slice(&printed(command.args(["-c", SCRIPT]))?)?)
}

fn nu() -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_BIN_EXE_persistproc"));
    let nu = own.parent()?.parent()?.join("test-tools/nu/bin/nu");
    nu.is_file().then_some(nu)
}

fn plugin() -> Option<PathBuf> {
    let plugin =
        Path::new(env!("CARGO_BIN_EXE_persistproc")).with_file_name("nu_plugin_persistproc");
    plugin.is_file().then_some(plugin)
}
