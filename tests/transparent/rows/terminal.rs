//! The terminal itself: its settings and size, what programs learn about it, and its state afterwards.

use super::super::row::Row;

pub(in super::super) fn rows() -> Vec<Row> {
    vec![
        Row::new("the settings of the terminal", "{pp}stty -a"),
        Row::new(
            "the settings of the terminal, changed before",
            "stty erase ^H -ixon intr ^X susp undef; {pp}stty -a; stty sane",
        ),
        Row::new(
            "the settings with other modes",
            "stty -echoctl onlret ocrnl iutf8 -icanon min 1; {pp}stty -a; stty sane",
        ),
        Row::new("the erase key that was set before", "stty erase X; {pp}cat; stty sane")
            .line("abXcd")
            .wait("acd")
            .key("C-d"),
        Row::new(
            "the interrupt key that was set before",
            "stty intr ^G; {pp}sh -c 'echo ready; exec sleep 100'; stty sane",
        )
            .wait("ready")
            .key("C-g")
            .answer("y")
            .mask(r"\^G", ""),
        Row::new("no echo before", "stty -echo; {pp}cat; stty echo")
            .line("hidden")
            .wait("hidden")
            .key("C-d"),
        Row::new("output is not post-processed", "stty -onlcr; {pp}printf 'a\\nb\\n'; stty sane"),
        Row::new(
            "settings that a program changes and restores",
            "{pp}bash -c 'read -s -n 1 key; echo key $key'",
        )
            .text("k")
            .wait("key k"),
        Row::new(
            "settings that a program leaves changed",
            "{pp}stty -echo -ixon; stty -a | grep -o -- '-*echo \\|-*ixon '; stty sane",
        )
            .differs("The terminal is left as it was found, also where a program forgets to."),
        Row::new(
            "the size",
            "{pp}stty size; {pp}tput cols; {pp}tput lines; {pp}bash -c 'shopt -s checkwinsize; (:); echo $LINES $COLUMNS'",
        ),
        Row::new(
            "the size in a pipeline",
            "{pp}stty size | cat; {pp}tput cols | cat; {pp}python3 -c 'import shutil; print(shutil.get_terminal_size())' | cat",
        ),
        Row::new(
            "the size with redirected input",
            "{pp}python3 -c 'import os; print(os.get_terminal_size(1))' </dev/null; {pp}tput cols </dev/null",
        ),
        Row::new(
            "LINES and COLUMNS of the caller",
            "LINES=10 COLUMNS=20 {pp}sh -c 'echo $LINES $COLUMNS; tput cols'; {pp}sh -c 'echo \"<$LINES $COLUMNS>\"'",
        ),
        Row::new(
            "a new size during the run",
            "{pp}bash -c 'trap \"stty size\" WINCH; stty size; while [ ! -e go ]; do sleep 0.05; done'",
        )
            .wait("30 100")
            .resize(80, 24)
            .wait("24 80")
            .resize(120, 40)
            .wait("40 120")
            .outside("touch go")
            .ignore_file("go"),
        Row::new(
            "a new size during a run with piped output",
            "{pp}bash -c 'trap \"stty size >/dev/tty\" WINCH; echo ready; while [ ! -e go ]; do sleep 0.05; done' | cat",
        )
            .wait("ready")
            .resize(80, 24)
            .wait("24 80")
            .outside("touch go")
            .ignore_file("go"),
        Row::new(
            "a size set by the program",
            "{pp}sh -c 'stty cols 50 rows 10; stty size'; stty size; stty cols 100 rows 30",
        )
            .differs("The terminal is left as it was found, also where a program forgets to."),
        Row::new(
            "TERM and its abilities",
            "{pp}sh -c 'echo $TERM; tput colors; tput cuu 3 | od -c'",
        ),
        Row::new(
            "all three are one terminal",
            "{pp}sh -c 'test \"$(tty)\" = \"$(tty <&1)\" && test \"$(tty)\" = \"$(tty <&2)\" && test \"$(tty)\" = \"$(readlink /proc/self/fd/0)\" && echo one'",
        ),
        Row::new(
            "all three can be read and written",
            "{pp}bash -c 'echo by 0 >&0; echo by 1; echo by 2 >&2; read -u 2 line; echo $line; read -u 1 line; echo $line'",
        )
            .wait("by 2")
            .line("first")
            .wait("first\nfirst")
            .line("second"),
        Row::new(
            "/dev/tty, /dev/stdout and /dev/stderr",
            "{pp}sh -c 'echo a >/dev/tty; echo b >/dev/stdout; echo c >/dev/stderr; echo d >/proc/self/fd/1'",
        ),
        Row::new(
            "/dev/stdout in a pipe and a file",
            "{pp}sh -c 'echo b >/dev/stdout; echo c >/dev/stderr' 2>err | cat; {pp}sh -c 'echo b >/dev/stdout' >out; cat out err",
        ),
        Row::new(
            "colours and attributes",
            "{pp}printf '\\033[31mred\\033[0m \\033[1;4mbold\\033[0m \\033[48;2;10;20;30mrgb\\033[0m\\n'",
        ),
        Row::new(
            "cursor movements",
            "{pp}printf '\\033[5;10Hhere\\033[2A\\033[3Dup\\033[10;1Hdown\\n'",
        ),
        Row::new(
            "a scroll region",
            "{pp}sh -c 'printf \"\\033[5;10r\\033[10;1H\"; seq 20; printf \"\\033[r\\033[20;1H\"'",
        ),
        Row::new(
            "save and restore the cursor",
            "{pp}printf 'one\\0337\\033[1;30Htwo\\0338three\\n'",
        ),
        Row::new("a character set for lines", "{pp}printf '\\033(0lqqk\\033(B lqqk\\n'"),
        Row::new("clear, and the cursor at the top", "{pp}sh -c 'seq 10; clear; echo top'"),
        Row::new("a full screen without a last newline", "{pp}sh -c 'seq 40; printf end'")
            .history(),
        Row::new(
            "long lines wrap",
            "{pp}sh -c 'head -c 250 /dev/zero | tr \"\\0\" w; echo; head -c 100 /dev/zero | tr \"\\0\" v; echo; echo after'",
        ),
        Row::new(
            "tab stops",
            "{pp}printf '\\033[3g\\033[10G\\033H\\r\\tten\\n'; tput tbc 2>/dev/null; tabs -8",
        ),
        Row::new("the bell and the title", "{pp}printf 'a\\a\\033]2;t\\007b\\n'"),
        Row::new("the title before and after", "{pp}true; {pp}printf ''"),
        Row::new("tostop", "stty tostop; {pp}sh -c 'echo ready'; stty sane"),
        Row::new(
            "a hangup of the terminal's program",
            "{pp}bash -c 'trap \"echo hangup >hup; exit\" HUP; kill -HUP $$'; cat hup",
        ),
        Row::new(
            "mesg and write access",
            "{pp}sh -c 'test -w /dev/tty && test -O \"$(tty)\" && echo mine; stat -c %U \"$(tty)\"'",
        ),
        Row::new(
            "the foreground of the terminal is given and taken",
            "{pp}bash -ic 'sleep 0.1; echo inner' 2>&1",
        ),
        Row::new(
            "ps shows the terminal",
            "{pp}sh -c 'ps -o tty= -p $$ >shown; tty >named; test \"/dev/$(cat shown)\" = \"$(cat named)\" && echo same'",
        )
            .ignore_file("shown")
            .ignore_file("named"),
    ]
}
