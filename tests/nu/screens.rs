//! Tables as Nushell renders them on screens of three widths.

use insta::assert_snapshot;

use crate::support::nu::window;
use crate::support::{Tmux, World};

/// The table that a line prints on a screen with this many columns.
fn screen<'t>(tmux: &'t Tmux<'t>, columns: u16, line: &str) -> String {
    let screen = window(tmux, "");
    screen.resize(columns, 30);
    screen.type_line(&format!("clear; {line}"));
    let text = screen.until("╰");
    let table = text.lines().filter(|line| line.starts_with(['╭', '│', '├', '╰']));
    table.collect::<Vec<_>>().join("\n")
}

#[test]
fn ps_and_logs_at_80_100_and_120_columns() {
    let world = World::new();
    for (label, script) in
        [("web", "echo ready; exec sleep 1000"), ("build", "echo failed; exit 3")]
    {
        std::fs::create_dir_all(world.work().join("todo")).unwrap();
        let mut command = world.pp_command(["start", "--label", label, "sh", "-c", script]);
        command.current_dir(world.work().join("todo"));
        world.run(command).ok();
    }
    world.pp(["wait", "--for", "exit", "build"]).ok();
    let fixed_values = "update pid {|row| if $row.pid != null { 48213 }} | update uptime {|row| if $row.uptime != null { 133sec }}";
    let tmux = Tmux::new(&world);
    for columns in [80, 100, 120] {
        let ps = format!(
            "persistproc ps | {fixed_values} | update command {{|row| $'npm run ($row.label)'}} | update cwd ~/todo"
        );
        assert_snapshot!(format!("ps_{columns}"), screen(&tmux, columns, &ps));
        let logs = "persistproc logs web build | update timestamp 2026-11-22T14:00:00Z | update timestamp { format date '%H:%M:%S' }";
        assert_snapshot!(format!("logs_{columns}"), screen(&tmux, columns, logs));
    }
}

#[test]
fn metadata_names_the_path_columns_and_the_columns_to_keep_wide() {
    let world = World::with_three_processes();
    let metadata = world.nu_value("persistproc ps --long | metadata | reject span");
    let expected = serde_json::json!({
        "path_columns": ["cwd", "log_path"],
        "table_width_priority_columns": ["name", "status"],
    });
    assert_eq!(metadata, expected);
}
