//! What is said of a daemon, by what it says of itself.

use persistproc_api::daemon::Counts;

use super::*;

fn info(version: &str, tcp: TcpDoor) -> DaemonInfo {
    DaemonInfo {
        pid: 7,
        version: version.to_owned(),
        start_time: Time::from_micros(0),
        data_dir: "/d".into(),
        socket: "/r/daemon.sock".into(),
        tcp,
        counts: Counts { running: 1, total: 3 },
        limits: Some(Limits::default()),
    }
}

fn told(findings: &[Finding]) -> String {
    let line = |found: &Finding| {
        format!("{} {} {}", found.ok, found.message, found.fix).trim_end().to_owned()
    };
    findings.iter().map(line).collect::<Vec<_>>().join("\n").replace(OURS, "<ours>")
}

#[test]
fn one_that_is_well() {
    let tcp = TcpDoor::Open { url: "http://127.0.0.1:8947".into() };
    let findings = judge(&info(OURS, tcp), Time::from_micros(300_000_000));
    insta::assert_snapshot!(told(&findings), @"
    true The daemon runs (pid 7) for 5 min; 1 of its 3 processes run.
    true The daemon and this program are both <ours>.
    true Agents and scripts reach it at http://127.0.0.1:8947.
    true It keeps 256 MiB of output of each process and 8.0 GiB of all, 5 runs of each and 100 ended processes.
    ");
}

#[test]
fn one_of_another_version_without_its_port() {
    let error = Problem::new(ErrorCode::PortTaken, "Port 1 cannot be opened.").hint("Another.");
    let findings = judge(&info("0.1.0", TcpDoor::Closed { error }), Time::from_micros(0));
    insta::assert_snapshot!(told(&findings), @"
    true The daemon runs (pid 7) for 0 s; 1 of its 3 processes run.
    false The daemon is 0.1.0, this program is <ours>. Put this one in its place; every process goes on: `persistproc serve --replace`.
    false Port 1 cannot be opened. Another.
    true It keeps 256 MiB of output of each process and 8.0 GiB of all, 5 runs of each and 100 ended processes.
    ");
}

#[test]
fn a_port_without_a_daemon() {
    let taken = || judge_port(1, Err(ErrorKind::AddrInUse), || Some("PID 9: node x.js".into()));
    let nobody = || judge_port(1, Err(ErrorKind::AddrInUse), || None);
    let refused = || judge_port(1, Err(ErrorKind::PermissionDenied), || None);
    let findings = [judge_port(1, Ok(()), || None), taken(), nobody(), refused()];
    insta::assert_snapshot!(told(&findings), @"
    true Port 1 is free for it.
    false Port 1 is held by PID 9: node x.js. The commands work all the same; agents and scripts need another one: --port or PERSISTPROC_PORT.
    false Port 1 is held by another program. The commands work all the same; agents and scripts need another one: --port or PERSISTPROC_PORT.
    false Port 1 cannot be opened: permission denied. The commands work all the same; agents and scripts need another one: --port or PERSISTPROC_PORT.
    ");
}
