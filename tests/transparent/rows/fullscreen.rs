//! Full-screen programs and line editors: they own the keys, the screen and the terminal's modes.

use super::super::row::Row;

/// A window of curses that shows keys and clicks, until `q`.
const CURSES_PY: &str = "import curses
def main(screen):
    curses.mousemask(curses.ALL_MOUSE_EVENTS)
    curses.mouseinterval(0)
    screen.addstr(0, 0, f'ready {curses.LINES}x{curses.COLS}')
    screen.refresh()
    row = 1
    while True:
        key = screen.getch()
        if key == ord('q'):
            return
        if key == curses.KEY_MOUSE:
            _, x, y, _, buttons = curses.getmouse()
            screen.addstr(row, 0, f'mouse {x},{y} {buttons}')
        elif key == curses.KEY_RESIZE:
            curses.update_lines_cols()
            screen.addstr(row, 0, f'size {curses.LINES}x{curses.COLS}')
        else:
            screen.addstr(row, 0, f'key {key}')
        row += 1
        screen.refresh()
curses.wrapper(main)
";

const VIM: &str = "{pp}vim -u NONE -N --cmd 'set noswapfile viminfo=' text";

/// Sets modes of the terminal and is killed before it can undo them.
const LEAVES_MODES_PY: &str = "import os, sys, termios, tty
os.write(1, b'\\x1b[?1049h\\x1b[?1000h\\x1b[?1006h\\x1b[?25l\\x1b[?2004h\\x1b=\\x1b[31mready')
tty.setraw(0)
os.kill(os.getpid(), 9)
";

/// The terminal of vim has the new size. A person does not type before vim takes note of it.
const VIM_IS_SMALLER: &str = "for pid in $(pgrep -u $(id -u) -x vim); do [ $(readlink /proc/$pid/cwd) = $PWD ] && [ \"$(stty size </proc/$pid/fd/0)\" = '20 80' ] && exit 0; done; exit 1";

/// less reads a key. Before that it ignores a new size.
const LESS_READS: &str = "for pid in $(pgrep -u $(id -u) -x less); do [ $(readlink /proc/$pid/cwd) = $PWD ] && grep -q '^0 ' /proc/$pid/syscall && exit 0; done; exit 1";

pub(in super::super) fn rows() -> Vec<Row> {
    vec![
        Row::new("vim: insert, write and quit", VIM)
            .needs("vim")
            .wait("~\n~")
            .text("ihello")
            .wait("INSERT")
            .key("Escape")
            .wait_gone("INSERT")
            .text("yyp")
            .wait("hello\nhello")
            .shot()
            .line(":wq"),
        Row::new("vim: Ctrl+C leaves the insert mode", VIM)
            .needs("vim")
            .wait("~\n~")
            .text("iabc")
            .wait("INSERT")
            .key("C-c")
            .wait_gone("INSERT")
            .text("x")
            .wait("ab\n")
            .shot()
            .line(":wq"),
        Row::new("vim: quit without changes", VIM)
            .needs("vim")
            .file("text", "one\ntwo\n")
            .wait("two")
            .text("G")
            .shot()
            .line(":q!"),
        Row::new("vim: a pasted text", VIM)
            .needs("vim")
            .wait("~\n~")
            .line(":set paste")
            .text("i")
            .wait("INSERT")
            .paste("one\n  two\n    three")
            .wait("three")
            .key("Escape")
            .wait_gone("INSERT")
            .shot()
            .line(":wq"),
        Row::new("vim: another size", VIM)
            .needs("vim")
            .file("text", "one\ntwo\n")
            .wait("two")
            .resize(80, 20)
            .wait_for(VIM_IS_SMALLER)
            .line(":set columns? lines?")
            .wait("lines=20")
            .shot()
            .line("")
            .line(":q!"),
        Row::new("vim: a command of the shell", VIM)
            .needs("vim")
            .wait("~\n~")
            .line(":!expr 6 \\* 7; read line")
            .wait("\n42")
            .line("x")
            .wait("Press ENTER")
            .shot()
            .line("")
            .wait_gone("Press ENTER")
            .line(":q!"),
        Row::new("vim: Ctrl+Z", VIM)
            .needs("vim")
            .file("text", "one\ntwo\n")
            .wait("two")
            .key("C-z")
            .wait("Stopped")
            .line("fg")
            .wait("two\n~")
            .line(":q!")
            .limit(4)
            .differs("A program that stops itself goes on."),
        Row::new(
            "vim reads standard input",
            "seq 5 | {pp}vim -u NONE -N --cmd 'set noswapfile viminfo=' -",
        )
            .needs("vim")
            .wait("5\n~")
            .shot()
            .line(":q!"),
        Row::new("less: search, page and quit", "{pp}less numbers")
            .needs("less")
            .setup("seq 300 >numbers")
            .wait("29\nnumbers")
            .text(" ")
            .wait("58\n:")
            .line("/200")
            .wait("200\n201")
            .shot()
            .text("q"),
        Row::new("less: Ctrl+C at its prompt", "{pp}less numbers")
            .needs("less")
            .setup("seq 300 >numbers")
            .wait("29\nnumbers")
            .key("C-c")
            .wait("29\n:")
            .text("G")
            .wait("300\n(END)")
            .shot()
            .text("q"),
        Row::new("less +F is interrupted by Ctrl+C", "{pp}less +F numbers")
            .needs("less")
            .setup("seq 50 >numbers")
            .wait("Waiting for data")
            .key("C-c")
            .wait_gone("Waiting for data")
            .text("g")
            .wait("1\n2\n")
            .shot()
            .text("q"),
        Row::new("less +F shows what is appended", "{pp}less +F numbers")
            .needs("less")
            .setup("seq 5 >numbers")
            .wait("Waiting for data")
            .outside("echo appended >>numbers")
            .wait("appended")
            .key("C-c")
            .wait_gone("Waiting for data")
            .text("q"),
        Row::new("less: another size", "{pp}less numbers")
            .needs("less")
            .setup("seq 300 >numbers")
            .wait("29\nnumbers")
            .wait_for(LESS_READS)
            .resize(60, 12)
            .wait("11\n:")
            .shot()
            .wait_for(LESS_READS)
            .resize(90, 25)
            .wait("24\n:")
            .text("q"),
        Row::new("less: a short file is printed with -FX", "{pp}less -FX numbers")
            .needs("less")
            .setup("seq 5 >numbers"),
        Row::new("top", "{pp}top -d 100")
            .needs("top")
            .wait("PID")
            .text("q")
            .mask(r"(?s)^.*\n(\[\d+\]\$)", "$1")
            .ignore_file("toprc"),
        Row::new("top: Ctrl+C", "{pp}top -d 100")
            .needs("top")
            .wait("PID")
            .key("C-c")
            .mask(r"(?s)^.*\n(\[\d+\]\$)", "$1"),
        Row::new("watch", "{pp}watch -t -n 100 echo watched")
            .needs("watch")
            .wait("watched")
            .shot()
            .key("C-c"),
        Row::new("curses: keys", "{pp}python3 window.py")
            .file("window.py", CURSES_PY)
            .wait("ready")
            .key("Up")
            .wait("key 259")
            .key("F2")
            .wait("key 266")
            .text("x")
            .wait("key 120")
            .key("C-a")
            .wait("key 1")
            .shot()
            .text("q"),
        Row::new("curses: the mouse", "{pp}python3 window.py")
            .file("window.py", CURSES_PY)
            .wait("ready")
            .text("\x1b[M !!")
            .wait("mouse 0,0")
            .text("\x1b[M#*%")
            .shot()
            .text("q"),
        Row::new("curses: another size", "{pp}python3 window.py")
            .file("window.py", CURSES_PY)
            .wait("ready")
            .resize(90, 20)
            .wait("size 20x90")
            .shot()
            .text("q"),
        Row::new("curses: Ctrl+C", "{pp}python3 window.py")
            .file("window.py", CURSES_PY)
            .wait("ready")
            .key("C-c")
            .mask(r"/tmp/pp-\w+", "/tmp"),
        Row::new("fzf: choose by typing", "{pp}fzf --height=100% <names")
            .needs("fzf")
            .file("names", "alpha\nbeta\ngamma\n")
            .wait("3/3")
            .text("gam")
            .wait("1/3")
            .shot()
            .key("Enter"),
        Row::new("fzf chooses from a program under pp", "{pp}seq 100 | fzf")
            .needs("fzf")
            .wait("100/100")
            .text("77")
            .wait("1/100")
            .key("Enter"),
        Row::new("fzf under pp at the end of a pipe", "seq 100 | {pp}fzf")
            .needs("fzf")
            .wait("100/100")
            .text("77")
            .wait("1/100")
            .key("Enter"),
        Row::new("fzf in a command substitution", "x=$(seq 100 | {pp}fzf); echo \"chosen $x\"")
            .needs("fzf")
            .wait("100/100")
            .text("77")
            .wait("1/100")
            .key("Enter")
            .wait("chosen"),
        Row::new("fzf: Escape", "seq 100 | {pp}fzf").needs("fzf").wait("100/100").key("Escape"),
        Row::new(
            "the alternate screen and back",
            "{pp}sh -c 'tput smcup; echo inside; read line; tput rmcup; echo outside'",
        )
            .wait("inside")
            .shot()
            .line("")
            .wait("outside"),
        Row::new("modes that a killed program left behind", "{pp}python3 modes.py; stty sane")
            .file("modes.py", LEAVES_MODES_PY)
            .differs("The terminal is left as it was found, also where a program forgets to."),
        Row::new(
            "a nested tmux",
            "{pp}env -u TMUX tmux -f /dev/null -L inner new-session -s inner \"PS1='ready> ' bash --norc\"",
        )
            .wait("ready>\n\n")
            .line("echo inside")
            .wait("inside\n")
            .shot()
            .line("exit")
            .mask(r"\[inner\] .*", "[inner]")
            .mask(r#"\d+:bash\*.*"#, "status"),
        Row::new("zsh: editing and completion", "PS1='> ' {pp}zsh -f -i")
            .needs("zsh")
            .wait(">")
            .text("echo ab")
            .key("Left")
            .text("x")
            .line("")
            .wait("\naxb")
            .key("Up")
            .line(" again")
            .wait("axb again\n")
            .line("exit 3"),
        Row::new("zsh: Ctrl+C and Ctrl+Z", "PS1='> ' {pp}zsh -f -i")
            .needs("zsh")
            .wait(">")
            .text("unfinished")
            .wait("> unfinished")
            .key("C-c")
            .wait("unfinished\n>")
            .line("sh -c 'echo started; exec cat'")
            .wait("\nstarted")
            .line("x")
            .wait("x\nx")
            .key("C-z")
            .wait("exec cat'\n>")
            .line("fg")
            .wait("continued")
            .key("C-d")
            .wait("continued  sh -c 'echo started; exec cat'\n>")
            .line("exit"),
        Row::new("fish: editing", "{pp}fish --no-config -i")
            .needs("fish")
            .wait(">")
            .text("echo abc")
            .line("")
            .wait("\nabc")
            .line("exit 4")
            .mask(r"/tmp/pp-\w+|~/\S*>", "~"),
        Row::new("bash: readline", "PS1='> ' {pp}bash --norc -i")
            .wait(">")
            .text("echo abc")
            .key("C-a")
            .key("M-f")
            .text(" x")
            .key("C-e")
            .line("")
            .wait("x abc\n")
            .key("Up")
            .line(" again")
            .wait("abc again\n")
            .key("C-r")
            .text("again")
            .wait("again'")
            .key("Enter")
            .wait("x abc again\n> echo x abc again\nx abc again\n>")
            .line("exit"),
        Row::new("bash: a bracketed paste of three lines", "PS1='> ' {pp}bash --norc -i")
            .wait(">")
            .line("bind 'set enable-bracketed-paste on'")
            .wait("on'\n>")
            .paste("echo one\necho two\necho three")
            .wait("three")
            .shot()
            .line("")
            .wait("three\n")
            .line("exit"),
        Row::new(
            "dialogs by escape sequences: the answer to a question",
            "{pp}bash -c 'IFS=\\; read -s -d R -p $'\"'\\\\e[6n'\"' row column; echo; echo ${row#*[} $column'",
        )
            .wait("1"),
        Row::new(
            "the terminal answers what it is",
            "{pp}bash -c 'old=$(stty -g); stty -echo -icanon; printf \"\\033[c\"; IFS= read -s -d c answer; printf %q \"$answer\"; echo; stty $old'",
        )
            .wait("?1"),
        Row::new(
            "a title is set during the run",
            "{pp}sh -c 'printf \"\\033]2;from the program\\007\"; echo ready; read line'",
        )
            .wait("ready")
            .shot()
            .line(""),
    ]
}
