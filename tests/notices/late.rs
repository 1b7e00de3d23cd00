//! Notices that come late: a process that needs more than ten seconds to be ready, and one that keeps
//! ending.

use std::fs;
use std::time::Duration;

use crate::support::wait::{pause, within};
use crate::support::world::free_port;
use crate::support::{Tmux, World};

/// A server that listens after this number of seconds.
const SERVER: &str = "import socket, sys, time
time.sleep(float(sys.argv[1]))
server = socket.create_server(('127.0.0.1', int(sys.argv[2])))
print(f'listening on http://127.0.0.1:{sys.argv[2]}/', flush=True)
time.sleep(1000)
";

impl World {
    fn start_server(&self, label: &str, seconds: &str, port: u16) {
        let port = port.to_string();
        self.pp(["start", "--label", label, "python3", "server.py", seconds, &port]).ok();
    }
}

#[test]
fn a_process_that_is_ready_late_has_a_notice() {
    let world = World::with_notices(&["on"]);
    world.write("server.py", SERVER);
    let (fast, slow, watched) = (free_port(), free_port(), free_port());
    world.start_server("fast", "0", fast);
    world.start_server("slow", "11", slow);
    world.start_server("watched", "11", watched);
    let wait = world.spawn_pp(["wait", "--timeout", "60", "watched"]);
    world.pp(["start", "--label", "none", "sleep", "1000"]).ok();
    let notices = world.until_notices(1);
    let (title, body) = notices[0].split_once('|').unwrap();
    assert_eq!(title, "slow is ready");
    let is_body = |seconds: &str| body == format!("After {seconds} s: http://127.0.0.1:{slow}/");
    assert!(["11", "12", "13", "14"].into_iter().any(is_body), "{body}");
    wait.end().ok();
    pause(Duration::from_secs(2));
    world.until_marker_is_shown("web");
    assert_eq!(world.notices().len(), 2, "{:#?}", world.notices());
}

#[test]
fn a_crash_loop_is_shown_when_the_minute_is_over_and_once() {
    let world = World::with_notices(&["on"]);
    for _ in 0..6 {
        world.start_ending("web");
        world.let_end("web");
    }
    assert_eq!(world.until_notices(1), ["web exited with code 3|Error: no such table"]);
    let notices = within(Duration::from_secs(75), || {
        let notices = world.notices();
        if notices.len() > 1 { Ok(notices) } else { Err(format!("{notices:#?}")) }
    });
    assert_eq!(
        notices.unwrap()[1],
        "web is crash-looping|It ended 5 times within a minute; the last run exited with code 3. Error: no such table"
    );
}

#[test]
fn a_terminal_that_watches_gets_a_notice_of_its_own() {
    let world = World::with_notices(&["on"]);
    world.pp(["notify", "off"]).ok();
    let tmux = Tmux::new(&world);
    let screens = ["api", "web"].map(|label| {
        // A new window is the current one, on which tmux acts.
        let screen = tmux.window();
        let bytes = world.work().join(label);
        screen.run_in_tmux(&["pipe-pane", "-o", &format!("cat > '{}'", bytes.display())]);
        screen.start(&format!("pp run --label {label} sh -c 'sleep 11; exit 3'"));
        (screen, bytes)
    });
    for label in ["api", "web"] {
        world.until_running(label);
    }
    world.pp(["notify", "web"]).ok();
    let [api, web] = screens.map(|(screen, bytes)| {
        assert_eq!(screen.exit(), 3);
        String::from_utf8_lossy(&fs::read(bytes).unwrap()).into_owned()
    });
    let notice = |label: &str| format!("\x1b]9;{label} exited with code 3\x07\x07");
    assert!(web.contains(&notice("web")), "{web:?}");
    assert!(!api.contains(&notice("api")) && api.contains("exited with code 3"), "{api:?}");
    assert!(world.notices().is_empty(), "{:#?}", world.notices());
}
