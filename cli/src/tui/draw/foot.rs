//! The foot of the screen: a problem, a question, a prompt, a notice, or hints.

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::{Modifier, Style};
use ratatui_core::text::{Line, Span};

use super::{bold, dim, put};
use crate::render::words;
use crate::tui::keys::{self, KeyBinding, Needed, UiCommand};
use crate::tui::layout::foot_lines;
use crate::tui::model::{Overlay, PromptKind, UiModel};
use crate::tui::update;

/// Draws the foot.
pub(super) fn draw(model: &UiModel, area: Rect, buffer: &mut Buffer) {
    let Some(row) = area.rows().next() else { return };
    match &model.overlay {
        Overlay::Problem(_) => {
            for (row, line) in area.rows().zip(foot_lines(model)) {
                put(&line, Style::new(), row, buffer);
            }
        }
        Overlay::Question(action, process) => {
            put(&update::question(action, process), bold(), row, buffer);
        }
        Overlay::Prompt(kind, text) => draw_prompt(kind, text, row, buffer),
        Overlay::Help => put(&help(model), dim(), row, buffer),
        Overlay::Nothing if !model.notice.is_empty() => {
            put(&model.notice, Style::new(), row, buffer);
        }
        Overlay::Nothing => {
            let mut line = Line::default();
            for binding in keys::all().filter(|binding| is_hinted(binding, model)) {
                line.push_span(Span::styled(binding.shown, bold()));
                line.push_span(Span::styled(format!(" {}  ", hint(binding, model)), dim()));
            }
            buffer.set_line(row.x, row.y, &line, row.width);
        }
    }
}

/// The keys that no row of the table names.
fn help(model: &UiModel) -> String {
    let detach = model.settings.detach_keys.iter();
    let detach: String = detach.map(|keys| format!("{keys} comes back after Enter. ")).collect();
    format!("{detach}Any key closes the help.")
}

/// A prompt. The end of a long text is shown, with a cursor behind it.
fn draw_prompt(kind: &PromptKind, text: &str, row: Rect, buffer: &mut Buffer) {
    let label = match kind {
        PromptKind::Search => "/".to_owned(),
        PromptKind::Send(process) => format!("Send to {}: ", words::shown(process.name())),
        PromptKind::Signal(process) => format!("Signal for {}: ", words::shown(process.name())),
    };
    let line = Line::from(vec![Span::styled(label, bold()), Span::from(words::shown(text))]);
    let width = u16::try_from(line.width()).unwrap_or(u16::MAX);
    let skipped = (width + 1).saturating_sub(row.width);
    let plain = super::StyledText::parse(&line.to_string()).part(skipped.into(), row.width.into());
    let line = if skipped > 0 { plain } else { line };
    buffer.set_line(row.x, row.y, &line, row.width);
    let x = row.x + (width - skipped).min(row.width.saturating_sub(1));
    buffer.set_style(Rect::new(x, row.y, 1, 1), Style::new().add_modifier(Modifier::REVERSED));
}

fn is_hinted(binding: &KeyBinding, model: &UiModel) -> bool {
    let alive = model.list.selected().map(|process| process.status.is_alive());
    let is_possible = match binding.needed {
        Needed::Nothing => true,
        Needed::Process => alive.is_some(),
        Needed::Running => alive == Some(true),
        Needed::Ended => alive == Some(false),
    };
    is_possible && !binding.hint.is_empty() && binding.is_in(model.shows_log)
}

fn hint(binding: &KeyBinding, model: &UiModel) -> &'static str {
    if model.shows_log && binding.command == UiCommand::ToggleLog { "list" } else { binding.hint }
}
