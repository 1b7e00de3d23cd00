//! Keys in programs that read lines: the terminal's own editing, end of file, flow control, signals.

use super::super::row::Row;

/// Prints `ready`, then each signal until SIGINT ends it with code 7.
const TRAPS_INT: &str = "trap 'echo got INT; exit 7' INT
echo ready
while :; do sleep 0.05; done
";

/// Prints each byte that it reads in raw mode, until `q`.
const RAW_PY: &str = "import os, sys, termios, tty
before = termios.tcgetattr(0)
tty.setraw(0)
os.write(1, b'ready\\r\\n')
seen = b''
while not seen.endswith(b'q'):
    seen += os.read(0, 100)
    os.write(1, repr(seen).encode() + b'\\r\\n')
termios.tcsetattr(0, termios.TCSADRAIN, before)
";

const FINALLY_PY: &str = "import time
try:
    print('ready', flush=True)
    time.sleep(100)
finally:
    print('cleaned up')
";

const QUIT_PY: &str = "import os, signal
def handle(*_):
    os.write(1, b'got QUIT\\n')
    os._exit(8)
signal.signal(signal.SIGQUIT, handle)
print('ready', flush=True)
signal.pause()
";

pub(in super::super) fn rows() -> Vec<Row> {
    vec![
        Row::new("lines typed into cat", "{pp}cat")
            .line("first")
            .wait("first\nfirst")
            .line("second")
            .wait("second\nsecond")
            .shot()
            .key("C-d"),
        Row::new("end of file after a part of a line", "{pp}cat")
            .text("part")
            .key("C-d")
            .wait("partpart")
            .key("C-d"),
        Row::new("two programs read until end of file", "{pp}sh -c 'cat; echo between; cat'")
            .line("one")
            .wait("one\none")
            .key("C-d")
            .wait("between")
            .line("two")
            .wait("two\ntwo")
            .key("C-d"),
        Row::new("erase a character, a word and a line", "{pp}cat")
            .text("abcd")
            .key("BSpace")
            .text("e f g")
            .key("C-w")
            .text("h")
            .line("")
            .wait("abce f h\nabce f h")
            .text("gone")
            .key("C-u")
            .line("kept")
            .wait("kept\nkept")
            .key("C-d"),
        Row::new("the literal next key", "{pp}cat -v")
            .key("C-v")
            .key("C-c")
            .line("x")
            .wait("^Cx\n^Cx")
            .key("C-d"),
        Row::new("arrow and function keys", "{pp}cat -v")
            .key("Up")
            .key("F1")
            .key("F5")
            .key("M-x")
            .key("Home")
            .line("")
            .wait("^[[A")
            .key("C-d"),
        Row::new("output stopped by Ctrl+S and continued by Ctrl+Q", "{pp}cat")
            .line("first")
            .wait("first\nfirst")
            .key("C-s")
            .line("second")
            .shot()
            .key("C-q")
            .wait("second\nsecond")
            .key("C-d"),
        Row::new("letters beyond ASCII", "{pp}cat")
            .line("grüße 漢字 🦀")
            .wait("🦀\ngrüße")
            .text("漢字")
            .key("BSpace")
            .line("x")
            .wait("\n漢x")
            .key("C-d"),
        Row::new("a pasted text of three lines", "{pp}cat")
            .paste("one\rtwo\rthree\r")
            .wait("three\none")
            .key("C-d"),
        Row::new("a line longer than the screen", "{pp}wc -c")
            .line(&"0123456789".repeat(25))
            .key("C-d")
            .wait("251"),
        Row::new(
            "text typed before the program reads",
            "{pp}sh -c 'echo ready; while [ ! -e go ]; do sleep 0.05; done; read line; echo \"<$line>\"'",
        )
            .wait("ready")
            .line("early")
            .outside("touch go")
            .wait("<early>")
            .ignore_file("go"),
        Row::new(
            "text that no program reads",
            "{pp}sh -c 'echo ready; while [ ! -e go ]; do sleep 0.05; done'",
        )
            .wait("ready")
            .line("echo $((6 * 7))")
            .outside("touch go")
            .wait("]$")
            .shot()
            .ignore_file("go")
            .differs("What is typed belongs to the program; the shell does not get what the program left unread."),
        Row::new("Ctrl+C ends a program that only waits", "{pp}sh -c 'echo ready; exec sleep 100'")
            .wait("ready")
            .key("C-c")
            .answer("y"),
        Row::new("Ctrl+C runs a handler", "{pp}bash traps")
            .file("traps", TRAPS_INT)
            .wait("ready")
            .key("C-c")
            .answer("y"),
        Row::new("Ctrl+C runs Python's finally", "{pp}python3 finally.py")
            .file("finally.py", FINALLY_PY)
            .wait("ready")
            .key("C-c")
            .answer("y"),
        Row::new(
            "Ctrl+C ends a for loop",
            "for n in 1 2 3; do {pp}sh -c 'echo ready; exec sleep 100'; done",
        )
            .wait("ready")
            .key("C-c")
            .answer("y"),
        Row::new("Ctrl+C ends a while loop in a script", "bash loop")
            .file("loop", "while :; do {pp}sh -c 'echo ready; exec sleep 100'; echo next; done\n")
            .wait("ready")
            .key("C-c")
            .answer("y"),
        Row::new(
            "Ctrl+C, and the command after && is not run",
            "{pp}sh -c 'echo ready; exec sleep 100' && echo pushed",
        )
            .wait("ready")
            .key("C-c")
            .answer("y"),
        Row::new(
            "Ctrl+C, and the command after ; is run by a handler's exit code",
            "{pp}bash traps; echo code $?",
        )
            .file("traps", TRAPS_INT)
            .wait("ready")
            .key("C-c")
            .answer("y")
            .wait("code"),
        Row::new("Ctrl+C ends tail -f", "{pp}tail -f text")
            .file("text", "last line\n")
            .wait("last line")
            .key("C-c")
            .answer("y"),
        Row::new(
            "Ctrl+\\ ends a program with SIGQUIT",
            "ulimit -c 0; {pp}sh -c 'echo ready; exec sleep 100'",
        )
            .wait("ready")
            .key("C-\\"),
        Row::new(
            "Ctrl+\\ is handled",
            "{pp}python3 quit.py",
        )
            .file("quit.py", QUIT_PY)
            .wait("ready")
            .key("C-\\"),
        Row::new("every control key in raw mode", "{pp}python3 raw.py")
            .file("raw.py", RAW_PY)
            .wait("ready")
            .key("C-c")
            .wait(r"\x03'")
            .key("C-z")
            .wait(r"\x1a'")
            .key("C-\\")
            .wait(r"\x1c'")
            .key("C-d")
            .wait(r"\x04'")
            .key("C-s")
            .wait(r"\x13'")
            .key("C-q")
            .wait(r"\x11'")
            .key("Enter")
            .wait(r"\r'")
            .shot()
            .text("q"),
        Row::new("letters and escape sequences in raw mode", "{pp}python3 raw.py")
            .file("raw.py", RAW_PY)
            .wait("ready")
            .key("Escape")
            .wait(r"\x1b'")
            .key("Up")
            .wait(r"[A'")
            .text("é")
            .wait(r"\xc3\xa9'")
            .paste("a\rb")
            .wait(r"a\rb'")
            .shot()
            .text("q"),
        Row::new(
            "a key for each of ten questions",
            "{pp}bash -c 'for n in 1 2 3 4 5 6 7 8 9 10; do read -n 1 -p \"$n? \" key; echo \" $key\"; done'",
        )
            .wait("1?")
            .text("a")
            .wait("2?")
            .text("b")
            .wait("3?")
            .text("c")
            .wait("4?")
            .text("defghij")
            .wait("10?"),
        Row::new("a line read with a time limit", "{pp}bash -c 'read -t 0.2 line; echo code $?'")
            .wait("code"),
        Row::new("Ctrl+D ends an inner shell", "PS1='> ' {pp}bash --norc").wait(">").key("C-d"),
    ]
}
