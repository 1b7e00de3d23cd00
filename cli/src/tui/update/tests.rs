//! A snapshot of the whole table of keys: what each does in each view.

use super::example_models::{SMALL, list_of, model_of, model_with_log, report, three};
use super::*;
use crate::tui::event::UiEvent;
use crate::tui::log_request::{FollowReport, LogAnswer, LogPart, LogWindow};

/// A name and how the model comes to be.
type View = (&'static str, fn() -> UiModel);

const VIEWS: [View; 4] = [
    ("running", || model_with_log(SMALL)),
    ("ended", || {
        let mut model = model_with_log(SMALL);
        press(&mut model, UiKey::End);
        let event = report(&model, 0, "build");
        update(&mut model, event);
        model
    }),
    ("log", || {
        let mut model = model_with_log(SMALL);
        press(&mut model, UiKey::Tab);
        model
    }),
    ("empty", || model_of(Vec::new(), SMALL)),
];

/// What has changed, in short.
fn changes(before: &UiModel, after: &UiModel, effects: &[UiEffect]) -> String {
    let mut changes: Vec<String> = effects.iter().map(short_effect).collect();
    let mut note = |is_changed: bool, text: String| {
        if is_changed {
            changes.push(text);
        }
    };
    let selected = after.list.selected().map_or("none", |process| &process.id);
    let before_selected = before.list.selected().map_or("none", |process| &process.id);
    note(selected != before_selected, format!("select {selected}"));
    note(before.shows_log != after.shows_log, format!("whole log {}", after.shows_log));
    let size = Panes::of(after).log_size();
    let (first, last) = (before.log.visible(size).start, after.log.visible(size).start);
    note(first != last, format!("scroll {}", last as i64 - first as i64));
    note(before.log.left != after.log.left, format!("left {}", after.log.left));
    note(before.log.wraps != after.log.wraps, format!("wrap {}", after.log.wraps));
    let (had, has) = (before.log.times.is_some(), after.log.times.is_some());
    note(had != has, format!("times {has}"));
    note(before.overlay != after.overlay, short_overlay(&after.overlay));
    note(before.notice != after.notice, format!("“{}”", after.notice));
    let text = changes.join(", ");
    if text.is_empty() { "-".to_owned() } else { text }
}

fn short_effect(effect: &UiEffect) -> String {
    match effect {
        UiEffect::Act(action, process) => format!("{action:?} {}", process.id),
        UiEffect::Follow(request) => format!("Follow {}", request.ids.join(" + ")),
        UiEffect::Read(request) => match &request.part {
            LogPart::Match { pattern, upwards } => format!("Find {pattern} up={upwards}"),
            part => format!("Read {part:?}"),
        },
        UiEffect::Copy(text) => format!("Copy {} lines", text.lines().count()),
        effect => format!("{effect:?}"),
    }
}

fn short_overlay(overlay: &Overlay) -> String {
    match overlay {
        Overlay::Question(action, process) => format!("ask {action:?} {}", process.id),
        Overlay::Prompt(PromptKind::Search, text) => format!("prompt search {text:?}"),
        Overlay::Prompt(PromptKind::Send(_), text) => format!("prompt send {text:?}"),
        Overlay::Prompt(PromptKind::Signal(_), text) => format!("prompt signal {text:?}"),
        overlay => format!("{overlay:?}"),
    }
}

#[test]
fn every_key_in_every_view() {
    let mut table = String::new();
    let mut seen = Vec::new();
    for binding in keys::all() {
        for key in binding.keys {
            if seen.contains(key) {
                continue;
            }
            seen.push(*key);
            table.push_str(&format!("{key:?}\n"));
            for (name, view) in VIEWS {
                let before = view();
                let mut after = view();
                let effects = press(&mut after, *key);
                let changes = changes(&before, &after, &effects);
                if changes != "-" && keys::binding(*key, before.shows_log).is_some() {
                    table.push_str(&format!("  {name:8} {changes}\n"));
                }
            }
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn questions_and_prompts_take_the_keys() {
    use UiKey::{Backspace, Char, Ctrl, Enter, Escape};
    let mut table = String::new();
    for keys in [
        &[Char('x'), Char('y')][..],
        &[Char('x'), Char('n')],
        &[Char('x'), Enter],
        &[Char('r'), Char('Y')],
        &[Char('i'), Char('h'), Char('i'), Enter],
        &[Char('i'), Enter],
        &[Char('i'), Char('h'), Escape],
        &[Char('i'), Backspace],
        &[Char('i'), Char('a'), Char(' '), Char('b'), Ctrl('w')],
        &[Char('i'), Char('a'), Char(' '), Char('b'), Ctrl('u')],
        &[Char('S'), Char('h'), Char('u'), Char('p'), Enter],
        &[Char('S'), Enter],
        &[Char('/'), Char('a'), Enter],
        &[Char('/'), Enter],
        &[Char('/'), Char('q')],
        &[Char('?'), Char('q')],
        &[Char('n')],
    ] {
        let before = model_with_log(SMALL);
        let mut after = model_with_log(SMALL);
        let mut effects = Vec::new();
        for key in keys {
            effects = press(&mut after, *key);
        }
        table.push_str(&format!("{keys:?}\n  {}\n", changes(&before, &after, &effects)));
    }
    insta::assert_snapshot!(table);
}

#[test]
fn the_selection_stays_when_the_list_changes() {
    let mut model = model_with_log(SMALL);
    press(&mut model, UiKey::Down);
    let selected = |model: &UiModel| model.list.selected().map(|process| process.id.clone());
    assert_eq!(selected(&model).as_deref(), Some("api"));
    let mut others = three();
    others.remove(0);
    assert_eq!(update(&mut model, list_of(others)), [], "the log goes on");
    assert_eq!(selected(&model).as_deref(), Some("api"));
    let build = three().remove(2);
    let effects = update(&mut model, list_of(vec![build]));
    assert_eq!(effects.iter().map(short_effect).collect::<Vec<_>>(), ["Follow build"]);
}

#[test]
fn a_log_is_followed_again_after_the_daemon_was_replaced() {
    let mut model = model_with_log(SMALL);
    let generation = model.log.follow_generation();
    let failed = || UiEvent::Followed { generation, source: 0, report: FollowReport::Failed };
    assert_eq!(update(&mut model, failed()), []);
    let effects = update(&mut model, list_of(three()));
    assert_eq!(effects.iter().map(short_effect).collect::<Vec<_>>(), ["Follow web"]);
    // The list came first: the follower finds out that the daemon answers.
    let mut model = model_with_log(SMALL);
    assert_eq!(update(&mut model, list_of(three())), []);
    assert_eq!(update(&mut model, failed()), []);
    let report = FollowReport::Reachable;
    let effects = update(&mut model, UiEvent::Followed { generation, source: 0, report });
    assert_eq!(effects.iter().map(short_effect).collect::<Vec<_>>(), ["Follow web"]);
}

#[test]
fn an_answer_to_an_older_request_changes_nothing() {
    let mut model = model_with_log(SMALL);
    press(&mut model, UiKey::Char('g'));
    let generation = model.log.read_generation();
    press(&mut model, UiKey::Char('G'));
    let before = model.log.lines().len();
    let answer = Ok(LogAnswer::Above { lines: Vec::new(), has_more: false });
    update(&mut model, UiEvent::Answered { generation, answer });
    assert_eq!(model.log.lines().len(), before);
    assert!(model.log.is_following());
}

#[test]
fn the_log_goes_on_after_a_search_without_a_match() {
    let mut model = model_with_log(SMALL);
    let newest = report(&model, 0, "newer");
    for key in [UiKey::Char('/'), UiKey::Char('a'), UiKey::Enter] {
        press(&mut model, key);
    }
    let generation = model.log.read_generation();
    update(&mut model, UiEvent::Answered { generation, answer: Ok(LogAnswer::NoMatch) });
    assert_eq!(model.notice, "No line matches.");
    update(&mut model, newest);
    assert!(model.log.lines()[0].row.line.starts_with("newer"), "{:?}", model.log.lines()[0]);
}

#[test]
fn a_search_that_is_given_up_moves_nothing() {
    let mut model = model_with_log(SMALL);
    for key in [UiKey::Char('/'), UiKey::Char('a'), UiKey::Enter] {
        press(&mut model, key);
    }
    let generation = model.log.read_generation();
    assert!(model.log.is_reading());
    press(&mut model, UiKey::Escape);
    assert!(!model.log.is_reading());
    let answer = Ok(LogAnswer::Window(LogWindow::default()));
    update(&mut model, UiEvent::Answered { generation, answer });
    assert!(model.log.is_following() && !model.log.lines().is_empty());
}
