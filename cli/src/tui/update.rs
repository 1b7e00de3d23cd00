//! [`update`]: the table of events. It changes the model and returns what is to be done. Pure: it does
//! no I/O.

#[cfg(test)]
pub(super) mod example_models;
mod overlay_keys;

use persistproc_api::Process;
use persistproc_api::words::join_words;
use ratatui_core::layout::Size;

use super::event::{FilePosition, UiAction, UiEffect, UiEvent};
use super::keys::{self, Needed, UiCommand, UiKey};
use super::layout::Panes;
use super::log_pane::ScrollDown;
use super::model::{Overlay, PromptKind, UiModel};
use crate::render::line_time::LineTime;
use crate::render::words;

/// How many lines a turn of the wheel moves the log.
const WHEEL_LINES: usize = 3;

/// Takes an event that changes what is shown.
pub(super) fn update(model: &mut UiModel, event: UiEvent) -> Vec<UiEffect> {
    match event {
        UiEvent::List(list) => {
            model.list.set(list.processes, model.now);
            show_log(model)
        }
        UiEvent::Facts(list) => {
            model.list.set_facts(&list.processes, model.now);
            Vec::new()
        }
        UiEvent::Followed { generation, source, report } => {
            let size = Panes::of(model).log_size();
            let request = model.log.followed(generation, source, report, size);
            request.map(UiEffect::Follow).into_iter().collect()
        }
        UiEvent::Answered { generation, answer: Ok(answer) } => {
            let size = Panes::of(model).log_size();
            let note = model.log.answered(generation, answer, size);
            model.notice = note.unwrap_or_default().to_owned();
            Vec::new()
        }
        UiEvent::Answered { generation, answer: Err(problem) } => {
            if model.log.read_failed(generation) {
                model.notice.clear();
                model.overlay = Overlay::Problem(Box::new(problem));
            }
            Vec::new()
        }
        UiEvent::Acted(Ok(text)) => {
            model.notice = words::shown(&text);
            Vec::new()
        }
        UiEvent::Acted(Err(problem)) => {
            model.notice.clear();
            model.overlay = Overlay::Problem(Box::new(problem));
            Vec::new()
        }
        UiEvent::Keys(_)
        | UiEvent::InputEnded
        | UiEvent::ListEnded(_)
        | UiEvent::Signal(_)
        | UiEvent::ProgramEnded
        | UiEvent::Panicked => Vec::new(),
    }
}

/// Takes a new size of the terminal.
pub(super) fn resize(model: &mut UiModel, size: Size) {
    model.size = size;
    keep_selected_visible(model);
}

/// Takes a key.
pub(super) fn press(model: &mut UiModel, key: UiKey) -> Vec<UiEffect> {
    if model.overlay != Overlay::Nothing {
        return overlay_keys::press(model, key);
    }
    model.notice.clear();
    if let UiKey::Click(row) = key {
        return click(model, row);
    }
    let Some(binding) = keys::binding(key, model.shows_log) else { return Vec::new() };
    let is_wheel = matches!(key, UiKey::WheelUp | UiKey::WheelDown);
    let selected = model.list.selected();
    if let Some(refusal) = refusal(binding.needed, selected) {
        model.notice = refusal;
        return Vec::new();
    }
    if binding.needed == Needed::Nothing {
        return command(model, binding.command, if is_wheel { WHEEL_LINES } else { 1 });
    }
    let process = selected.cloned().map(Box::new);
    process.map_or_else(Vec::new, |process| process_command(model, binding.command, process))
}

/// Why a command cannot be given; nothing if it can.
fn refusal(needed: Needed, selected: Option<&Process>) -> Option<String> {
    let alive = selected.map(|process| process.status.is_alive());
    let name = selected.map(|process| words::shown(process.name())).unwrap_or_default();
    match (needed, alive) {
        (Needed::Nothing, _) | (Needed::Process, Some(_)) => None,
        (Needed::Running, Some(true)) | (Needed::Ended, Some(false)) => None,
        (Needed::Running, Some(false)) => {
            Some(format!("{name} is not running. Press s to start it again."))
        }
        (Needed::Ended, Some(true)) => {
            Some(format!("{name} is running. Press x to stop it, or r to restart it."))
        }
        (_, None) => Some("No process is selected.".to_owned()),
    }
}

/// A command about the selected process.
fn process_command(
    model: &mut UiModel,
    command: UiCommand,
    process: Box<Process>,
) -> Vec<UiEffect> {
    match command {
        UiCommand::Attach => return vec![UiEffect::Attach(process.id)],
        UiCommand::Less => {
            return vec![less(model, *process)];
        }
        UiCommand::Mark => {
            model.list.toggle_mark();
            return show_log(model);
        }
        UiCommand::Start => return act(model, UiAction::Start, process),
        UiCommand::OpenUrl => return act(model, UiAction::OpenUrl, process),
        UiCommand::Stop => model.overlay = Overlay::Question(UiAction::Stop, process),
        UiCommand::Restart => model.overlay = Overlay::Question(UiAction::Restart, process),
        UiCommand::Forget => model.overlay = Overlay::Question(UiAction::Forget, process),
        UiCommand::Send => {
            model.overlay = Overlay::Prompt(PromptKind::Send(process), String::new());
        }
        UiCommand::Signal => {
            model.overlay = Overlay::Prompt(PromptKind::Signal(process), String::new());
        }
        _ => {}
    }
    Vec::new()
}

/// The log that is shown, at its place on the screen. Of several, that of the selected process.
fn less(model: &UiModel, selected: Process) -> UiEffect {
    let [shown] = model.list.with_log()[..] else {
        return UiEffect::Less(selected.log_combined, FilePosition::End);
    };
    let position = match model.log.place() {
        Some((Some(number), _)) => FilePosition::Line(number),
        _ => FilePosition::End,
    };
    UiEffect::Less(shown.log_combined.clone(), position)
}

/// Begins an action, and says so until it is done.
fn act(model: &mut UiModel, action: UiAction, process: Box<Process>) -> Vec<UiEffect> {
    let doing = match &action {
        UiAction::Start => "Starting",
        UiAction::Stop => "Stopping",
        UiAction::Restart => "Restarting",
        UiAction::Forget => "Forgetting",
        UiAction::OpenUrl => "Opening the URL of",
        UiAction::Send(_) => "Sending to",
        UiAction::Signal(_) => "Signalling",
    };
    model.notice = format!("{doing} {}…", words::shown(process.name()));
    vec![UiEffect::Act(action, process)]
}

/// A command about the list, the log or the screen. `count` is how many lines it moves the log.
fn command(model: &mut UiModel, command: UiCommand, count: usize) -> Vec<UiEffect> {
    let size = Panes::of(model).log_size();
    let page = size.height.saturating_sub(1).max(1);
    match command {
        UiCommand::NextProcess => return move_selection(model, |index| index.saturating_add(1)),
        UiCommand::PreviousProcess => return move_selection(model, |at| at.saturating_sub(1)),
        UiCommand::FirstProcess => return move_selection(model, |_| 0),
        UiCommand::LastProcess => return move_selection(model, |_| usize::MAX),
        UiCommand::ShowAll => {
            model.list.toggle_all(model.now);
            keep_selected_visible(model);
        }
        UiCommand::ToggleLog => model.shows_log = !model.shows_log,
        UiCommand::LineUp => return read(model.log.scroll_up(count, size)),
        UiCommand::PageUp => return read(model.log.scroll_up(page, size)),
        UiCommand::LineDown => return scroll_down(model, count),
        UiCommand::PageDown => return scroll_down(model, page),
        UiCommand::FirstLine => return read(model.log.first()),
        UiCommand::LastLine => {
            let request = model.list.selected().map(|_| model.log.follow(size));
            return request.map(UiEffect::Follow).into_iter().collect();
        }
        UiCommand::Left => model.log.move_right(false),
        UiCommand::Right => model.log.move_right(true),
        UiCommand::Search => model.overlay = Overlay::Prompt(PromptKind::Search, String::new()),
        UiCommand::NextMatch => return find(model, false),
        UiCommand::PreviousMatch => return find(model, true),
        UiCommand::Wrap => model.log.wraps = !model.log.wraps,
        UiCommand::Times => {
            let has_times = model.log.times.is_some();
            model.log.times = (!has_times).then(LineTime::of_stdout);
        }
        UiCommand::Copy => return copy(model),
        UiCommand::Mouse => {
            model.uses_mouse = !model.uses_mouse;
            let who = if model.uses_mouse { "the dashboard" } else { "the terminal" };
            model.notice = format!("The mouse belongs to {who} now.");
            return vec![UiEffect::UseMouse(model.uses_mouse)];
        }
        UiCommand::Help => model.overlay = Overlay::Help,
        UiCommand::Back => return back(model),
        UiCommand::Suspend => return vec![UiEffect::Suspend],
        UiCommand::Quit => return vec![UiEffect::Quit],
        _ => {}
    }
    Vec::new()
}

fn move_selection(model: &mut UiModel, to: impl Fn(usize) -> usize) -> Vec<UiEffect> {
    let index = model.list.selected_index().unwrap_or_default();
    model.list.select(to(index));
    keep_selected_visible(model);
    show_log(model)
}

fn click(model: &mut UiModel, row: u16) -> Vec<UiEffect> {
    let rows = Panes::of(model).list_rows();
    let row = usize::from(row).checked_sub(1).filter(|row| *row < rows);
    match row.map(|row| row + model.list.offset) {
        Some(index) if index < model.list.shown().len() => move_selection(model, |_| index),
        _ => Vec::new(),
    }
}

fn keep_selected_visible(model: &mut UiModel) {
    let rows = Panes::of(model).list_rows().max(1);
    let selected = model.list.selected_index().unwrap_or_default();
    let last_offset = model.list.shown().len().saturating_sub(rows);
    let lowest = (selected + 1).saturating_sub(rows);
    model.list.offset = model.list.offset.clamp(lowest, selected).min(last_offset);
}

/// Shows the logs of the marked processes, or of the selected one.
fn show_log(model: &mut UiModel) -> Vec<UiEffect> {
    keep_selected_visible(model);
    let size = Panes::of(model).log_size();
    let request = model.log.show(&model.list.with_log(), size);
    request.map(UiEffect::Follow).into_iter().collect()
}

fn read(request: Option<super::log_request::LogRequest>) -> Vec<UiEffect> {
    request.map(UiEffect::Read).into_iter().collect()
}

fn scroll_down(model: &mut UiModel, count: usize) -> Vec<UiEffect> {
    let size = Panes::of(model).log_size();
    match model.log.scroll_down(count, size) {
        ScrollDown::Nothing => Vec::new(),
        ScrollDown::Follow(request) => vec![UiEffect::Follow(request)],
        ScrollDown::Read(request) => vec![UiEffect::Read(request)],
    }
}

fn find(model: &mut UiModel, reverse: bool) -> Vec<UiEffect> {
    if model.log.pattern().is_none() {
        model.notice = "Press / to search first.".to_owned();
        return Vec::new();
    }
    let size = Panes::of(model).log_size();
    let request = model.log.next_match(reverse, size);
    if request.is_some() {
        model.notice = "Searching…".to_owned();
    }
    read(request)
}

fn copy(model: &mut UiModel) -> Vec<UiEffect> {
    let text = model.log.text_to_copy(Panes::of(model).log_size());
    model.notice = match text.lines().count() {
        0 => return Vec::new(),
        1 => "Copied 1 line".to_owned(),
        lines => format!("Copied {lines} lines"),
    };
    vec![UiEffect::Copy(text)]
}

/// Undoes the last thing: the search, the whole screen for the log, the marks.
fn back(model: &mut UiModel) -> Vec<UiEffect> {
    if model.log.clear_search() {
        return Vec::new();
    }
    if model.shows_log {
        model.shows_log = false;
        return Vec::new();
    }
    model.list.clear_marks();
    show_log(model)
}

/// The question about an action.
pub(super) fn question(action: &UiAction, process: &Process) -> String {
    let verb = match action {
        UiAction::Restart => "Restart",
        UiAction::Forget => "Forget",
        _ => "Stop",
    };
    let rest = if *action == UiAction::Forget { " and its logs" } else { "" };
    format!("{verb} {}{rest}? [y/N]", words::shown(&join_words(&[process.name()])))
}

#[cfg(test)]
mod tests;
