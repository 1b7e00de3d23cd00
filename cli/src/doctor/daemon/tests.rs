//! Findings about a daemon, from what it answers.

use persistproc_api::Problem;
use persistproc_api::daemon::Limits;

use super::*;
use crate::settings::Settings;

fn info(version: &str, tcp: TcpStatus) -> DaemonInfo {
    DaemonInfo {
        pid: 7,
        version: version.to_owned(),
        start_time: Time::from_micros(0),
        data_dir: "/d".into(),
        socket: "/r/daemon.sock".into(),
        tcp,
        counts: Counts { running: 1, total: 3 },
        limits: Some(Limits::default()),
        flags: None,
        names: None,
        confinement: None,
        sandbox: Vec::new(),
        shutting_down: false,
    }
}

/// A daemon with defaults.
fn next() -> NextDaemon {
    let dirs = DataDirs::resolve(Some("/nonexistent".as_ref())).unwrap();
    NextDaemon::new(&dirs, &Settings::default())
}

fn text(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        format!("{} {} {}", finding.ok, finding.message, finding.fix).trim_end().to_owned()
    };
    findings.iter().map(line).collect::<Vec<_>>().join("\n").replace(OWN_VERSION, "<ours>")
}

#[test]
fn a_healthy_daemon_has_no_problem() {
    let tcp = TcpStatus::Open { url: "http://127.0.0.1:8947".into() };
    let findings = judge(
        &info(OWN_VERSION, tcp),
        &next(),
        &Confinement::default(),
        Time::from_micros(300_000_000),
    );
    insta::assert_snapshot!(text(&findings), @"
    true The daemon (PID 7) has been running for 5 min; 1 of 3 processes are running.
    true The daemon and this program have the same version, <ours>.
    true Agents and HTTP clients can connect to http://127.0.0.1:8947.
    true Limits: 256 MiB of output per process, 8.0 GiB in total, 5 runs per process, 100 ended processes. All are defaults.
    ");
}

#[test]
fn another_version_and_a_closed_port_are_problems() {
    let error = Problem::new(ErrorCode::PortTaken, "Port 1 cannot be opened.").hint("Another.");
    let findings = judge(
        &info("0.1.0", TcpStatus::Closed { error }),
        &next(),
        &Confinement::default(),
        Time::from_micros(0),
    );
    insta::assert_snapshot!(text(&findings), @"
    true The daemon (PID 7) has been running for 0 s; 1 of 3 processes are running.
    false The daemon is version 0.1.0, this program is <ours>. Run `persistproc serve --replace` to replace the daemon; its processes keep running.
    false Port 1 cannot be opened. Another.
    true Limits: 256 MiB of output per process, 8.0 GiB in total, 5 runs per process, 100 ended processes. All are defaults.
    ");
}

#[test]
fn a_port_in_use_names_its_holder() {
    let in_use = judge_port(1, Err(ErrorKind::AddrInUse), || Some("PID 9: node x.js".into()));
    let unknown_holder = judge_port(1, Err(ErrorKind::AddrInUse), || None);
    let denied = judge_port(1, Err(ErrorKind::PermissionDenied), || None);
    let findings = [judge_port(1, Ok(()), || None), in_use, unknown_holder, denied];
    insta::assert_snapshot!(text(&findings), @"
    true Port 1 is free.
    false Port 1 is in use by PID 9: node x.js. Commands work without the port; agents and HTTP clients do not. Choose another with --port or PERSISTPROC_PORT.
    false Port 1 is in use by another program. Commands work without the port; agents and HTTP clients do not. Choose another with --port or PERSISTPROC_PORT.
    false Port 1 cannot be opened: permission denied. Commands work without the port; agents and HTTP clients do not. Choose another with --port or PERSISTPROC_PORT.
    ");
}

#[test]
fn a_shutdown_under_way_is_a_problem() {
    let tcp = TcpStatus::Open { url: "http://127.0.0.1:8947".into() };
    let info = DaemonInfo { shutting_down: true, ..info(OWN_VERSION, tcp) };
    insta::assert_snapshot!(text(&[judge_state(&info, Time::from_micros(300_000_000))]), @"false The daemon (PID 7) is shutting down: 1 of 3 processes has not ended. Wait for it, or run `persistproc shutdown --keep` to leave what is still running.");
}
