//! The table of keys of the dashboard: which [`UiCommand`] a key is, where, and how the help names it.
//! The help, the line of hints and the behaviour come from this one table.

/// A key, or an action of the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UiKey {
    Char(char),
    /// A character of a text that was pasted. It is no command.
    Pasted(char),
    /// A letter with Ctrl.
    Ctrl(char),
    Enter,
    Escape,
    Tab,
    Backspace,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    WheelUp,
    WheelDown,
    /// A press of the left button in this row.
    Click(u16),
}

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UiCommand {
    PreviousProcess,
    NextProcess,
    FirstProcess,
    LastProcess,
    Attach,
    ToggleLog,
    Mark,
    ShowAll,
    Start,
    Stop,
    Restart,
    Forget,
    Send,
    Signal,
    OpenUrl,
    LineUp,
    LineDown,
    PageUp,
    PageDown,
    Left,
    Right,
    FirstLine,
    LastLine,
    Search,
    NextMatch,
    PreviousMatch,
    Wrap,
    Times,
    Less,
    Copy,
    Mouse,
    Help,
    Back,
    Suspend,
    Quit,
}

/// Where a key has its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyPlace {
    Everywhere,
    /// While the list is shown.
    List,
    /// While the log has the whole screen.
    Log,
}

/// What the selected process must be for a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needed {
    Nothing,
    Process,
    Running,
    Ended,
}

/// A row of the table.
pub(super) struct KeyBinding {
    pub(super) keys: &'static [UiKey],
    pub(super) place: KeyPlace,
    pub(super) command: UiCommand,
    pub(super) needed: Needed,
    /// How the keys are written; empty: another row names them.
    pub(super) shown: &'static str,
    pub(super) help: &'static str,
    /// The word in the line of hints; empty: it is not there.
    pub(super) hint: &'static str,
}

const fn row(
    keys: &'static [UiKey],
    place: KeyPlace,
    command: UiCommand,
    needed: Needed,
    texts: [&'static str; 3],
) -> KeyBinding {
    let [shown, help, hint] = texts;
    KeyBinding { keys, place, command, needed, shown, help, hint }
}

/// The keys that select processes and act on them. The help and the hints have the same order.
#[rustfmt::skip]
pub(super) const PROCESS_KEYS: &[KeyBinding] = {
    use KeyPlace::{Everywhere, List};
    use Needed::{Ended, Nothing, Process, Running};
    use UiCommand as Do;
    use UiKey::Char;
    &[
        row(&[UiKey::Enter], Everywhere, Do::Attach, Running,
            ["Enter", "Attach in this terminal", "attach"]),
        row(&[UiKey::Down, Char('j')], List, Do::NextProcess, Nothing,
            ["↑ ↓ j k", "Select a process", ""]),
        row(&[UiKey::Up, Char('k')], List, Do::PreviousProcess, Nothing, HIDDEN),
        row(&[UiKey::Home], List, Do::FirstProcess, Nothing,
            ["Home End", "First and last process", ""]),
        row(&[UiKey::End], List, Do::LastProcess, Nothing, HIDDEN),
        row(&[Char(' ')], List, Do::Mark, Process, ["Space", "Mark, to merge logs", ""]),
        row(&[Char('a')], List, Do::ShowAll, Nothing, ["a", "All that have ended", ""]),
        row(&[Char('s')], Everywhere, Do::Start, Ended, ["s", "Start it again", "start"]),
        row(&[Char('x')], Everywhere, Do::Stop, Running, ["x", "Stop it", "stop"]),
        row(&[Char('r')], Everywhere, Do::Restart, Process, ["r", "Restart it", "restart"]),
        row(&[Char('f')], Everywhere, Do::Forget, Ended,
            ["f", "Forget it and its logs", "forget"]),
        row(&[Char('i')], Everywhere, Do::Send, Running,
            ["i", "Send a line to its input", ""]),
        row(&[Char('S')], Everywhere, Do::Signal, Running, ["S", "Send it a signal", ""]),
        row(&[Char('o')], Everywhere, Do::OpenUrl, Running, ["o", "Open its URL", ""]),
    ]
};

/// The keys of the log and of the screen.
#[rustfmt::skip]
pub(super) const LOG_KEYS: &[KeyBinding] = {
    use KeyPlace::{Everywhere, Log};
    use Needed::{Nothing, Process};
    use UiCommand as Do;
    use UiKey::{Char, Ctrl};
    &[
        row(&[UiKey::Tab], Everywhere, Do::ToggleLog, Nothing,
            ["Tab", "Log on the whole screen", "log"]),
        row(&[UiKey::Down, Char('j')], Log, Do::LineDown, Nothing,
            ["↑ ↓ j k", "Scroll by a line", ""]),
        row(&[UiKey::Up, Char('k')], Log, Do::LineUp, Nothing, HIDDEN),
        row(&[UiKey::WheelDown], Everywhere, Do::LineDown, Nothing, HIDDEN),
        row(&[UiKey::WheelUp], Everywhere, Do::LineUp, Nothing, HIDDEN),
        row(&[UiKey::PageDown, Ctrl('f')], Everywhere, Do::PageDown, Nothing,
            ["PgUp PgDn", "Scroll by a page", ""]),
        row(&[UiKey::PageUp, Ctrl('b')], Everywhere, Do::PageUp, Nothing, HIDDEN),
        row(&[Char(' ')], Log, Do::PageDown, Nothing, HIDDEN),
        row(&[Char('g')], Everywhere, Do::FirstLine, Nothing,
            ["g G", "First line, newest lines", ""]),
        row(&[Char('G')], Everywhere, Do::LastLine, Nothing, HIDDEN),
        row(&[UiKey::Home], Log, Do::FirstLine, Nothing, HIDDEN),
        row(&[UiKey::End], Log, Do::LastLine, Nothing, HIDDEN),
        row(&[UiKey::Right], Everywhere, Do::Right, Nothing,
            ["← →", "Move long lines sideways", ""]),
        row(&[UiKey::Left], Everywhere, Do::Left, Nothing, HIDDEN),
        row(&[Char('/')], Everywhere, Do::Search, Nothing,
            ["/", "Search the whole log", "search"]),
        row(&[Char('n')], Everywhere, Do::NextMatch, Nothing,
            ["n N", "Next match, or one back", ""]),
        row(&[Char('N')], Everywhere, Do::PreviousMatch, Nothing, HIDDEN),
        row(&[Char('w')], Everywhere, Do::Wrap, Nothing, ["w", "Wrap long lines", ""]),
        row(&[Char('t')], Everywhere, Do::Times, Nothing, ["t", "Times of lines", ""]),
        row(&[Char('l')], Everywhere, Do::Less, Process, ["l", "Open the log in less", ""]),
        row(&[Char('y')], Everywhere, Do::Copy, Nothing, ["y", "Copy match or screen", ""]),
        row(&[Char('m')], Everywhere, Do::Mouse, Nothing, ["m", "Use the mouse here", ""]),
        row(&[UiKey::Escape], Everywhere, Do::Back, Nothing,
            ["Esc", "Clear, or back to the list", ""]),
        row(&[Char('?'), Char('h')], Everywhere, Do::Help, Nothing, ["?", "These keys", "keys"]),
        row(&[Ctrl('z')], Everywhere, Do::Suspend, Nothing, ["Ctrl+Z", "Suspend", ""]),
        row(&[Char('q'), Ctrl('c')], Everywhere, Do::Quit, Nothing, ["q", "Leave", "quit"]),
    ]
};

/// Of a key that the row of another one names.
const HIDDEN: [&str; 3] = ["", "", ""];

/// All keys.
pub(super) fn all() -> impl Iterator<Item = &'static KeyBinding> {
    PROCESS_KEYS.iter().chain(LOG_KEYS)
}

/// The row of a key.
pub(super) fn binding(key: UiKey, shows_log: bool) -> Option<&'static KeyBinding> {
    all().find(|row| row.keys.contains(&key) && row.is_in(shows_log))
}

impl KeyBinding {
    /// Whether it has its meaning while the log has the whole screen, or does not.
    pub(super) fn is_in(&self, shows_log: bool) -> bool {
        match self.place {
            KeyPlace::Everywhere => true,
            KeyPlace::List => !shows_log,
            KeyPlace::Log => shows_log,
        }
    }
}
