//! `Tmux` and `Screen`: real terminals of 120 by 40 in a private tmux server. Tests type keys and
//! read the screen as a person does.

use std::cell::Cell;
use std::process::Command;

use super::tools;
use super::wait::until;
use super::world::World;

/// A tmux server. Its windows are [`Screen`]s.
pub(crate) struct Tmux<'w> {
    world: &'w World,
}

/// One window and the shell in it.
pub(crate) struct Screen<'t> {
    tmux: &'t Tmux<'t>,
    /// The pane id of tmux, for example `%0`.
    pane: String,
    /// How many commands [`Screen::start`] has typed here.
    commands: Cell<u32>,
}

/// Read by the plain shell. Without it, a program that dies of SIGINT ends the whole line of
/// [`Screen::start`], with the command that prints the exit code.
const SHELL_STARTUP: &str = "trap : INT\n";

const PRINT_PANE_ID: [&str; 3] = ["-P", "-F", "#{pane_id}"];

impl<'w> Tmux<'w> {
    pub(crate) fn new(world: &'w World) -> Self {
        tools::path_of("tmux");
        let tmux = Self { world };
        let options = ["set", "-g", "history-limit", "20000", ";", "set", "-g", "status", "off"];
        let session = ["new-session", "-d", "-s", "first", "-x", "120", "-y", "40", "--", "cat"];
        tmux.run(&[&["start-server", ";"], &options[..], &[";"], &session].concat());
        tmux
    }

    /// Opens a window with a plain shell with a fixed prompt, and waits for that.
    pub(crate) fn window(&'w self) -> Screen<'w> {
        let startup = self.world.folder("run").join("shell-startup");
        std::fs::write(&startup, SHELL_STARTUP).unwrap();
        let startup = format!("ENV={}", startup.display());
        self.window_of(&["--", "env", "PS1=$ ", &startup, "sh"])
    }

    /// Opens a window with this shell in the working directory of the world and waits for its
    /// prompt, `$`.
    pub(crate) fn window_of(&'w self, shell: &[&str]) -> Screen<'w> {
        let pane = self.run(&[&["new-window"], &PRINT_PANE_ID[..], shell].concat());
        let screen = Screen { tmux: self, pane: pane.trim().to_owned(), commands: Cell::new(0) };
        screen.until("$");
        screen
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> String {
        let output = self.world.run(self.command(arguments));
        assert_eq!(output.code, 0, "tmux {arguments:?}\n{output}");
        output.out()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.world.command("tmux");
        command.arg("-S").arg(self.world.folder("run").join("tmux"));
        command.args(["-u", "-f", "/dev/null"]);
        command.args(arguments);
        command
    }
}

impl Drop for Tmux<'_> {
    fn drop(&mut self) {
        // Fails if the server has exited already.
        self.command(&["kill-server"]).status().ok();
    }
}

impl Screen<'_> {
    /// Types `text` and presses Enter.
    #[track_caller]
    pub(crate) fn type_line(&self, text: &str) {
        self.type_text(text);
        self.press_key("Enter");
    }

    /// Types `text` without Enter.
    #[track_caller]
    pub(crate) fn type_text(&self, text: &str) {
        self.tmux.run(&["send-keys", "-t", &self.pane, "-l", "--", text]);
    }

    /// Presses a key, named as in tmux: `C-c`, `Enter`, `y`.
    #[track_caller]
    pub(crate) fn press_key(&self, name: &str) {
        self.tmux.run(&["send-keys", "-t", &self.pane, name]);
    }

    /// Runs a command of tmux on this window.
    #[track_caller]
    pub(crate) fn run_in_tmux(&self, command: &[&str]) {
        self.tmux.run(command);
    }

    /// Presses several keys at once.
    #[track_caller]
    pub(crate) fn press_keys(&self, names: &[&str]) {
        self.tmux.run(&[&["send-keys", "-t", &self.pane], names].concat());
    }

    /// Modes of the terminal that programs set: screen, mouse, keypad, cursor.
    pub(crate) fn modes(&self) -> String {
        let format = "alternate #{alternate_on} mouse #{mouse_any_flag} #{mouse_sgr_flag} keypad \
                      #{keypad_flag} keys #{keypad_cursor_flag} cursor #{cursor_flag}";
        self.tmux.run(&["display-message", "-p", "-t", &self.pane, format])
    }

    /// The text on the screen.
    pub(crate) fn text(&self) -> String {
        self.capture(&[])
    }

    /// The text on the screen with its colours, as escape sequences.
    pub(crate) fn colours(&self) -> String {
        self.capture(&["-e"])
    }

    /// The scrollback and the screen, with wrapped lines joined.
    pub(crate) fn history(&self) -> String {
        self.capture(&["-J", "-S", "-"])
    }

    /// The cursor: column, row and visibility.
    pub(crate) fn cursor(&self) -> String {
        let format = "#{cursor_x},#{cursor_y},#{cursor_flag}";
        self.tmux.run(&["display-message", "-p", "-t", &self.pane, format])
    }

    /// The title of the terminal.
    pub(crate) fn title(&self) -> String {
        self.tmux.run(&["display-message", "-p", "-t", &self.pane, "#{pane_title}"])
    }

    /// Whether the bell rang while this window was in the background.
    pub(crate) fn bell_rang(&self) -> bool {
        let format = "#{window_bell_flag}";
        self.tmux.run(&["display-message", "-p", "-t", &self.pane, format]).trim() == "1"
    }

    /// Changes the size of the terminal.
    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        let columns = columns.to_string();
        let rows = rows.to_string();
        self.tmux.run(&["resize-window", "-t", &self.pane, "-x", &columns, "-y", &rows]);
    }

    /// Waits until the screen contains `part`; returns the screen.
    #[track_caller]
    pub(crate) fn until(&self, part: &str) -> String {
        until(&format!("{part:?} on the screen"), || {
            let text = self.text();
            if text.contains(part) { Ok(text) } else { Err(text) }
        })
    }

    /// Waits until the screen does not contain `part`.
    #[track_caller]
    pub(crate) fn until_gone(&self, part: &str) {
        until(&format!("no {part:?} on the screen"), || {
            let text = self.text();
            if text.contains(part) { Err(text) } else { Ok(()) }
        });
    }

    /// Waits until `part` occurs this many times in scrollback and screen.
    #[track_caller]
    pub(crate) fn until_times(&self, part: &str, times: usize) {
        until(&format!("{part:?} {times} times"), || {
            let text = self.history();
            if text.matches(part).count() >= times { Ok(()) } else { Err(text) }
        });
    }

    /// Types a command that prints its exit code when it ends, for [`Screen::exit`].
    #[track_caller]
    pub(crate) fn start(&self, command: &str) {
        self.commands.set(self.commands.get() + 1);
        self.type_line(&format!("{command}; echo \"[exit of {}: $?]\"", self.commands.get()));
    }

    /// Waits until the last started command has ended; returns its exit code.
    #[track_caller]
    pub(crate) fn exit(&self) -> i32 {
        let start = format!("[exit of {}: ", self.commands.get());
        until("a command to end", || {
            let text = self.text();
            let code = text.lines().find_map(|line| line.strip_prefix(&start)?.strip_suffix(']'));
            code.and_then(|code| code.parse().ok()).ok_or(text)
        })
    }

    /// Runs a command to completion; returns its exit code.
    #[track_caller]
    pub(crate) fn run(&self, command: &str) -> i32 {
        self.start(command);
        self.exit()
    }

    fn capture(&self, options: &[&str]) -> String {
        let text = self.tmux.run(&[&["capture-pane", "-p", "-t", &self.pane], options].concat());
        text.trim_end().to_owned() + "\n"
    }
}
