//! Notices through notify-send on a desktop of their own: a D-Bus, an X server, and dunst, which shows what
//! it gets and lists it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::tools::path_of;
use crate::support::{World, until};

/// A desktop. Dropping it ends its programs.
struct Desktop {
    variables: [(&'static str, String); 2],
    programs: Vec<Child>,
}

impl Desktop {
    fn start(world: &World) -> Self {
        let mut x_server = world.command(path_of("Xvfb"));
        x_server.args(["-displayfd", "1", "-screen", "0", "800x600x24", "-nolisten", "tcp"]);
        let (x_server, display) = start_and_read_line(x_server);
        let mut bus = world.command(path_of("dbus-daemon"));
        bus.args(["--session", "--nofork", "--nopidfile", "--print-address"]);
        let (bus, address) = start_and_read_line(bus);
        let variables = [("DISPLAY", format!(":{display}")), ("DBUS_SESSION_BUS_ADDRESS", address)];
        let mut dunst = world.command(path_of("dunst"));
        dunst.args(["-conf", "/dev/null"]).envs(variables.clone());
        let dunst = dunst.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let desktop = Self { variables, programs: vec![dunst, bus, x_server] };
        until("dunst", || {
            let ping = desktop.run(world, "dunstctl", &["count"]);
            if ping.is_empty() { Err("no answer".into()) } else { Ok(()) }
        });
        desktop
    }

    fn run(&self, world: &World, program: &str, arguments: &[&str]) -> String {
        let mut command = world.command(path_of(program));
        let output = command.args(arguments).envs(self.variables.clone()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// The title and the text of each notice, the newest first, and the program that showed it.
    fn shown(&self, world: &World) -> Vec<[String; 3]> {
        self.run(world, "dunstctl", &["close-all"]);
        let history: Value =
            serde_json::from_str(&self.run(world, "dunstctl", &["history"])).unwrap();
        let notices = history["data"][0].as_array().unwrap();
        let field = |notice: &Value, name: &str| notice[name]["data"].as_str().unwrap().to_owned();
        let fields = ["appname", "summary", "body"];
        notices.iter().map(|notice| fields.map(|name| field(notice, name))).collect()
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        for program in &mut self.programs {
            program.kill().ok();
            program.wait().ok();
        }
    }
}

/// Starts a program that prints a line when it is ready.
fn start_and_read_line(mut command: Command) -> (Child, String) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    // Its stdout stays open.
    std::thread::spawn(move || stdout.read_to_string(&mut String::new()));
    (child, line.trim().to_owned())
}

#[test]
fn a_desktop_shows_what_a_process_has_printed_as_text() {
    let world = World::new();
    path_of("notify-send");
    let desktop = Desktop::start(&world);
    let mut command = world.pp_command(["notify", "on"]);
    command.envs(desktop.variables.clone());
    world.run(command).ok();
    let turned_on = ["persistproc", "persistproc", "Notices are on for every process."];
    assert_eq!(desktop.shown(&world), [turned_on]);
    // The daemon and this shell know no desktop: the variables are those of `notify on`.
    let line = r"Error: <b>no</b> &amp; C:\new\101 --icon=x";
    let script = format!("printf '%s\\n' '{line}'; exit 1");
    world.pp(["start", "--label=--urgency=<i>web", "sh", "-c", &script]).ok();
    let shown = until("the notice", || {
        let shown = desktop.shown(&world);
        if shown.len() == 2 { Ok(shown) } else { Err(format!("{shown:#?}")) }
    });
    assert_eq!(shown[0][1], " --urgency=<i>web exited with code 1");
    // What a desktop reads as markup for the text.
    let markup = &shown[0][2];
    assert!(!markup.contains('<'), "{markup}");
    assert_eq!(markup.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"), line);
}

#[test]
fn a_desktop_that_is_gone_is_named() {
    let world = World::new();
    path_of("notify-send");
    let desktop = Desktop::start(&world);
    let mut command = world.pp_command(["notify", "on"]);
    command.envs(desktop.variables.clone());
    drop(desktop);
    let output = world.run(command);
    assert_eq!(output.code, 1);
    assert!(output.err().contains("/notify-send exited with code 1: "), "{}", output.err());
}
