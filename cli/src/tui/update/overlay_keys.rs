//! [`press`]: keys while a prompt, a question, a problem or the help is shown.

use super::{act, find};
use crate::render::matches;
use crate::tui::event::{UiAction, UiEffect};
use crate::tui::keys::UiKey;
use crate::tui::layout::Panes;
use crate::tui::model::{Overlay, PromptKind, UiModel};

/// Takes a key for what covers the screen.
pub(super) fn press(model: &mut UiModel, key: UiKey) -> Vec<UiEffect> {
    match std::mem::replace(&mut model.overlay, Overlay::Nothing) {
        Overlay::Nothing | Overlay::Help | Overlay::Problem(_) => Vec::new(),
        Overlay::Question(action, process) => match key {
            UiKey::Char('y' | 'Y') => act(model, action, process),
            _ => Vec::new(),
        },
        Overlay::Prompt(kind, text) => type_into(model, kind, text, key),
    }
}

fn type_into(model: &mut UiModel, kind: PromptKind, mut text: String, key: UiKey) -> Vec<UiEffect> {
    match key {
        UiKey::Enter => return enter(model, kind, text),
        UiKey::Escape | UiKey::Ctrl('c') => return Vec::new(),
        UiKey::Char(character) => text.push(character),
        UiKey::Pasted(character) if !character.is_control() => text.push(character),
        UiKey::Backspace if text.is_empty() => return Vec::new(),
        UiKey::Backspace => drop(text.pop()),
        UiKey::Ctrl('u') => text.clear(),
        UiKey::Ctrl('w') => {
            let kept = text.trim_end().rfind(' ').map_or(0, |at| at + 1);
            text.truncate(kept);
        }
        _ => {}
    }
    model.overlay = Overlay::Prompt(kind, text);
    Vec::new()
}

fn enter(model: &mut UiModel, kind: PromptKind, text: String) -> Vec<UiEffect> {
    match kind {
        PromptKind::Send(process) => act(model, UiAction::Send(text), process),
        PromptKind::Signal(_) if text.trim().is_empty() => Vec::new(),
        PromptKind::Signal(process) => {
            act(model, UiAction::Signal(text.trim().to_owned()), process)
        }
        // The same pattern again.
        PromptKind::Search if text.is_empty() => find(model, false),
        PromptKind::Search => {
            let size = Panes::of(model).log_size();
            let regex = matches::highlighter(&text);
            let request = model.log.search(text, regex, size);
            if request.is_some() {
                model.notice = "Searching…".to_owned();
            }
            request.map(UiEffect::Read).into_iter().collect()
        }
    }
}
