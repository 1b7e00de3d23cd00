//! [`Panes`]: where the parts of the screen are.

use ratatui_core::layout::Rect;

use super::log_pane::LogSize;
use super::model::{Overlay, UiModel};
use crate::render::{facts, problem};

/// The maximum number of lines about the selected process, and in a terminal that is lower than this.
const MAX_FACT_LINES: usize = 2;
const LOW_HEIGHT: u16 = 30;

/// The least height of the log below the list.
const MIN_LOG_HEIGHT: u16 = 4;

/// The parts of the screen, from the top.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Panes {
    /// The heading of the table and its rows.
    pub(super) list: Rect,
    /// The line with the name above the log.
    pub(super) rule: Rect,
    /// What is known of the selected process.
    pub(super) facts: Rect,
    pub(super) log: Rect,
    /// Hints, a question, a prompt or a problem.
    pub(super) foot: Rect,
}

impl Panes {
    pub(super) fn of(model: &UiModel) -> Self {
        let area = Rect::new(0, 0, model.size.width, model.size.height);
        let foot_height = (foot_lines(model).len().max(1) as u16).min(area.height);
        let body = area.height - foot_height;
        let facts_height = (fact_lines(model).len() as u16).min(body.saturating_sub(1));
        let list_height = if model.shows_log { 0 } else { list_height(model, body) };
        let rule_height = u16::from(body > list_height);
        let facts_height = facts_height.min(body.saturating_sub(list_height + rule_height));
        let mut y = 0;
        let mut next = |height: u16| {
            let rect = Rect::new(0, y, area.width, height);
            y += height;
            rect
        };
        let list = next(list_height);
        let rule = next(rule_height);
        let facts = next(facts_height);
        let log = next(body - list_height - rule_height - facts_height);
        let foot = next(foot_height);
        Self { list, rule, facts, log, foot }
    }

    /// How many processes fit into the list, below its heading.
    pub(super) fn list_rows(&self) -> usize {
        usize::from(self.list.height.saturating_sub(1))
    }

    pub(super) fn log_size(&self) -> LogSize {
        LogSize { width: self.log.width.into(), height: self.log.height.into() }
    }
}

/// The list has as many rows as it needs, and at most half of the screen.
fn list_height(model: &UiModel, body: u16) -> u16 {
    let hidden = usize::from(model.list.hidden() > 0);
    let rows = model.list.shown().len().max(2) + hidden;
    let needed = u16::try_from(rows + 1).unwrap_or(u16::MAX);
    needed.min(body / 2).max(body.saturating_sub(MIN_LOG_HEIGHT).min(3))
}

/// What is known of the process whose log is shown, if it is one.
pub(super) fn fact_lines(model: &UiModel) -> Vec<String> {
    let [process] = model.list.with_log()[..] else { return Vec::new() };
    let width = usize::from(model.size.width);
    let mut lines = facts::summary(process, width, model.settings.reader);
    lines.truncate(if model.size.height < LOW_HEIGHT { 1 } else { MAX_FACT_LINES });
    lines
}

/// The lines of a problem. Other texts at the foot have one line.
pub(super) fn foot_lines(model: &UiModel) -> Vec<String> {
    match &model.overlay {
        Overlay::Problem(problem) => problem::lines(problem, Some(model.size.width)),
        _ => Vec::new(),
    }
}
