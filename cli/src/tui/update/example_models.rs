//! [`model_of`], [`model_with_log`]: models that the tests of the update table and of the drawing share.

use persistproc_api::facts::Facts;
use persistproc_api::process::ProcessList;
use persistproc_api::{Exit, Process, Status, Time};
use ratatui_core::layout::Size;

use super::update;
use crate::render::table::tests::process;
use crate::tui::event::UiEvent;
use crate::tui::log_request::FollowReport;
use crate::tui::log_window::tests::row;
use crate::tui::log_window::{SourcePart, lines_of};
use crate::tui::model::{UiModel, UiSettings};

/// The present, in microseconds.
pub(in crate::tui) const NOW: i64 = 1_800_000_000_000_000;

pub(in crate::tui) const SMALL: Size = Size::new(80, 24);

pub(in crate::tui) const LARGE: Size = Size::new(120, 40);

fn seconds_ago(seconds: i64) -> Time {
    Time::from_micros(NOW - seconds * 1_000_000)
}

fn running(pid: u32, seconds: i64) -> Status {
    Status::Running { pid, start_time: seconds_ago(seconds) }
}

/// A server with a URL, one without, and a build that has failed.
pub(in crate::tui) fn three() -> Vec<Process> {
    let npm = ["npm", "run", "dev"];
    let mut web = process("web", Some("web"), &npm, "/home/me/shop", running(4711, 754));
    web.started_by = Some("cli".to_owned());
    web.facts = Some(Box::new(Facts {
        url: Some("http://localhost:5173/".to_owned()),
        ports: vec![5173],
        log_size: 48_213,
        memory: 151_000_000,
        ..Facts::default()
    }));
    let cargo = ["cargo", "run"];
    let mut api = process("api", Some("api"), &cargo, "/home/me/shop/api", running(4712, 42));
    api.started_by = Some("claude-code".to_owned());
    let (start_time, end_time) = (seconds_ago(400), seconds_ago(180));
    let status = Status::Exited { pid: 4713, start_time, end_time, exit: Exit::Code(2) };
    let build = process("build", Some("build"), &["make"], "/home/me/shop", status);
    vec![web, api, build]
}

pub(in crate::tui) fn list_of(processes: Vec<Process>) -> UiEvent {
    UiEvent::List(ProcessList { processes, strays: None, shutting_down: false })
}

/// A dashboard before the daemon has answered.
pub(in crate::tui) fn unconnected(size: Size) -> UiModel {
    let settings = UiSettings {
        home: Some("/home/me".into()),
        reader: "cli",
        detach_keys: Some("Ctrl+] three times".to_owned()),
        has_colours: false,
    };
    let mut model = UiModel::new(settings, size, None);
    model.now = Time::from_micros(NOW);
    model
}

/// A dashboard that knows these processes, and not their logs.
pub(in crate::tui) fn model_of(processes: Vec<Process>, size: Size) -> UiModel {
    let mut model = unconnected(size);
    update(&mut model, list_of(processes));
    model
}

/// The newest lines of a process, as its follower reports them: numbers 401 to 500.
pub(in crate::tui) fn report(model: &UiModel, source: usize, name: &str) -> UiEvent {
    let text = |number: u64| match number % 5 {
        0 => format!("{name} {number}: \x1b[31merror\x1b[0m: cannot read the file"),
        _ => format!("{name} {number}: GET /items?page={number} 200"),
    };
    let shift = i64::try_from(source).unwrap() * 300_000;
    let time = |number: u64| NOW - (500 - i64::try_from(number).unwrap()) * 1_000_000 + shift;
    let rows = (401..=500).map(|number| row(time(number), number, &text(number))).collect();
    let part = SourcePart { lines: lines_of(source, rows), has_more: true };
    let generation = model.log.follow_generation();
    UiEvent::Followed { generation, source, report: FollowReport::Newest(part) }
}

/// The dashboard with the log of the first process.
pub(in crate::tui) fn model_with_log(size: Size) -> UiModel {
    let mut model = model_of(three(), size);
    let event = report(&model, 0, "web");
    update(&mut model, event);
    model
}
