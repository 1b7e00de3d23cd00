//! Snapshots of each view in a small and a large terminal, without colours.

use persistproc_api::{ErrorCode, Problem};

use super::*;
use crate::tui::event::{UiAction, UiEvent};
use crate::tui::keys::UiKey;
use crate::tui::log_request::{LogAnswer, LogWindow};
use crate::tui::log_window::lines_of;
use crate::tui::log_window::tests::row;
use crate::tui::model::PromptKind;
use crate::tui::update::example_models::{
    LARGE, NOW, SMALL, model_of, model_with_log, report, three, unconnected,
};
use crate::tui::update::{press, update};
use ratatui_core::backend::TestBackend;
use ratatui_core::layout::Size;
use ratatui_core::terminal::Terminal;

const SIZES: [Size; 2] = [SMALL, LARGE];

/// The screen at both sizes. `>>` marks lines that are drawn reversed.
fn screens(model: impl Fn(Size) -> UiModel) -> String {
    SIZES.map(|size| screen(&model(size))).join("\n")
}

fn screen(model: &UiModel) -> String {
    let Size { width, height } = model.size;
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(model, frame.buffer_mut())).unwrap();
    let screen = terminal.backend().to_string();
    format!("{width} × {height}\n{screen}")
}

fn pressing(mut model: UiModel, keys: &[UiKey]) -> UiModel {
    for key in keys {
        press(&mut model, *key);
    }
    model
}

#[test]
fn the_list_and_the_log_of_the_selected_process() {
    insta::assert_snapshot!(screens(model_with_log));
}

#[test]
fn the_log_alone() {
    insta::assert_snapshot!(screens(|size| pressing(model_with_log(size), &[UiKey::Tab])));
}

#[test]
fn the_log_alone_with_times_and_wrapped_lines() {
    let keys = [UiKey::Tab, UiKey::Char('w'), UiKey::PageUp];
    insta::assert_snapshot!(screen(&pressing(model_with_log(Size::new(30, 10)), &keys)));
}

#[test]
fn two_logs_merged() {
    let merged = |size| {
        let mut model = model_of(three(), size);
        press(&mut model, UiKey::Char(' '));
        press(&mut model, UiKey::Down);
        press(&mut model, UiKey::Char(' '));
        for (source, name) in ["web", "api"].into_iter().enumerate() {
            let event = report(&model, source, name);
            update(&mut model, event);
        }
        model
    };
    insta::assert_snapshot!(screens(merged));
}

/// The log around a match in its middle.
fn searched(size: Size) -> UiModel {
    let keys = ['/', 'e', 'r', 'r'].map(UiKey::Char);
    let mut model = pressing(model_with_log(size), &[&[UiKey::Tab], &keys[..]].concat());
    press(&mut model, UiKey::Enter);
    let text = |number| match number {
        57 | 60 => "an error".to_owned(),
        _ => format!("line {number}"),
    };
    let rows = (1..100).map(|number| row(NOW, number, &text(number))).collect();
    let lines = lines_of(0, rows);
    let found = Some(lines[56].key());
    let window = LogWindow { lines, has_more_below: true, found, ..LogWindow::default() };
    let generation = model.log.read_generation();
    let answer = Ok(LogAnswer::Window(window));
    update(&mut model, UiEvent::Answered { generation, answer });
    model
}

#[test]
fn a_match_is_shown_with_the_lines_around_it() {
    insta::assert_snapshot!(screens(searched));
}

#[test]
fn the_help_is_the_table_of_keys() {
    let help = |size| pressing(model_with_log(size), &[UiKey::Char('?')]);
    insta::assert_snapshot!(screens(help));
}

#[test]
fn without_processes_the_next_step_is_shown() {
    insta::assert_snapshot!(screens(|size| model_of(Vec::new(), size)));
}

#[test]
fn an_error_is_shown_with_the_next_step() {
    let failed = |size| {
        let mut model = model_with_log(size);
        let problem = Problem::new(ErrorCode::StillRunning, "web is running (PID 4711).").hint(
            "Run `pp stop web` to stop it first, and then forget it with all that it has written.",
        );
        update(&mut model, UiEvent::Acted(Err(problem)));
        model
    };
    insta::assert_snapshot!(screens(failed));
}

#[test]
fn the_foot_in_its_other_states() {
    let foot = |change: &dyn Fn(&mut UiModel)| {
        let mut model = model_with_log(SMALL);
        change(&mut model);
        let screen = screen(&model);
        screen.lines().rfind(|line| !line.is_empty()).unwrap_or_default().to_owned()
    };
    let web = || Box::new(three().remove(0));
    let prompt = |kind: PromptKind, text: &str| Overlay::Prompt(kind, text.to_owned());
    let long = "x".repeat(100) + "end";
    let lines = [
        foot(&|model| model.overlay = Overlay::Question(UiAction::Stop, web())),
        foot(&|model| model.overlay = Overlay::Question(UiAction::Forget, web())),
        foot(&|model| model.overlay = prompt(PromptKind::Search, "GET .* 5")),
        foot(&|model| model.overlay = prompt(PromptKind::Send(web()), &long)),
        foot(&|model| model.overlay = prompt(PromptKind::Signal(web()), "HUP")),
        foot(&|model| model.notice = "Stopped web (SIGTERM)".to_owned()),
        foot(&|model| model.list.select(2)),
    ];
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn before_the_daemon_has_answered_it_says_so() {
    assert!(screen(&unconnected(SMALL)).contains("Connecting to the daemon"));
}

#[test]
fn no_size_is_too_small() {
    for (width, height) in [(0, 0), (1, 1), (2, 2), (10, 3), (40, 5), (300, 2)] {
        let size = Size::new(width, height);
        for model in
            [model_with_log(size), searched(size), pressing(searched(size), &[UiKey::Char('?')])]
        {
            draw(&model, &mut Buffer::empty(Rect::new(0, 0, width, height)));
        }
    }
}
