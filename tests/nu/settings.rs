//! A command uses the directory, variables and settings that the shell has when the command runs, not
//! those with which the plugin was started.

use serde_json::json;

use crate::support::World;
use crate::support::world::free_port;

#[test]
fn commands_use_the_current_directory_and_variables_of_the_shell() {
    let world = World::new();
    world.write("a/x", "");
    world.write("b/x", "");
    let script = "cd a; persistproc start --label in-a sh -c 'pwd; echo $COLOUR; sleep 1000'
        cd ../b; $env.COLOUR = 'blue'
        persistproc start --label in-b sh -c 'pwd; echo $COLOUR; sleep 1000'
        persistproc wait in-b --pattern blue
        [(persistproc logs in-a | get message) (persistproc logs in-b | get message)
            (persistproc ps --working-directory . | get label)]";
    let output = world.nu_value(script);
    let work = world.work();
    let a = work.join("a");
    let b = work.join("b");
    assert_eq!(output[0][0], a.to_str().unwrap());
    assert_eq!(output[1], json!([b.to_str().unwrap(), "blue"]));
    assert_eq!(output[2], json!(["in-b"]));
}

#[test]
fn another_data_directory_selects_another_daemon() {
    let world = World::new();
    world.pp(["start", "--label", "here", "sleep", "1000"]).ok();
    let other = world.folder("data");
    let script = format!(
        "let here = (persistproc ps | get label)
        let flag = (persistproc ps --data-dir {0}/other | get label)
        let variable = (with-env {{PERSISTPROC_DATA_DIR: {0}/other}} {{ persistproc ps | get label }})
        hide-env PERSISTPROC_DATA_DIR
        $env.config.plugins.persistproc = {{data_dir: {0}, autostart: false}}
        let settings = (persistproc ps | get label)
        $env.config.plugins.persistproc = {{|| {{data_dir: {0}, autostart: false}} }}
        let closure = (persistproc ps | get label)
        ^persistproc --data-dir {0}/other shutdown | ignore
        [$here $flag $variable $settings $closure]",
        other.display()
    );
    let expected = json!([["here"], [], [], ["here"], ["here"]]);
    assert_eq!(world.nu_value(&script), expected);
}

#[test]
fn a_flag_overrides_its_setting() {
    let world = World::with_three_processes();
    let with = "$env.config.plugins.persistproc = {lines: 1}; persistproc logs web";
    assert_eq!(world.nu_value(&format!("{with} | length")), 1);
    assert_eq!(world.nu_value(&format!("{with} --lines 2 | length")), 2);
}

/// `wait --port` is the port to wait for, not that of a daemon that has to be started.
#[test]
fn the_port_of_wait_is_not_the_port_of_the_daemon() {
    let world = World::new();
    let port = free_port();
    world
        .nu(&format!("try {{ persistproc wait nothing --port {port} }} catch {{ print none }}"))
        .ok();
    let daemon = world.tcp().get("/v1/daemon").expect(200);
    assert_eq!(daemon["tcp"]["url"], format!("http://127.0.0.1:{}", world.port));
}

#[test]
fn an_invalid_setting_is_named() {
    let world = World::new();
    for (settings, part) in [
        ("{colour: red}", "Unknown setting `colour`"),
        ("{lines: many}", "must be a whole number"),
        ("{autostart: 7}", "must be true or false"),
        ("[1]", "must be a record"),
    ] {
        let line = format!("$env.config.plugins.persistproc = {settings}; persistproc ps");
        let error = world.nu_error(&line);
        assert!(error["msg"].as_str().unwrap().contains(part), "{error:#}");
        assert_eq!(error["code"], "persistproc::invalid_request");
    }
}

#[test]
fn a_daemon_killed_between_two_calls_is_replaced() {
    let world = World::with_three_processes();
    let daemon = world.daemons()[0].pid;
    let script = format!(
        "let before = (persistproc ps | get label | sort)
        kill --force {daemon}
        let after = (persistproc ps | get label | sort)
        [($before == $after) ($after | length)]"
    );
    assert_eq!(world.nu_value(&script), json!([true, 3]));
    assert_ne!(world.daemons()[0].pid, daemon);
}
