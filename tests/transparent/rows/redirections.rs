//! Redirections and pipelines: each of the three descriptors is a terminal, a file or a pipe on its
//! own.

use super::super::row::Row;

/// Says of each standard descriptor whether it is a terminal.
const FACTS: &str = "for n in 0 1 2; do if [ -t $n ]; then echo \"$n: terminal\"; else echo \"$n: other\"; fi; done >facts\n";

/// Lists two files, one of which is missing; colours only in a terminal.
const LIST: &str = "/bin/ls --color=auto -d . missing";

pub(in super::super) fn rows() -> Vec<Row> {
    let facts = |name: &'static str, redirection: &str| {
        let (before, after) = redirection.split_once("PROGRAM").unwrap();
        Row::new(name, &format!("{before}{{pp}}bash facts.sh{after}")).file("facts.sh", FACTS)
    };
    let list = |name: &'static str, redirection: &str| {
        Row::new(name, &format!("{{pp}}{LIST}{redirection}"))
    };
    vec![
        facts("terminals: all three", "PROGRAM"),
        facts("terminals: input from a file", "PROGRAM <facts.sh"),
        facts("terminals: input from /dev/null", "PROGRAM </dev/null"),
        facts("terminals: output into a file", "PROGRAM >out"),
        facts("terminals: errors into a file", "PROGRAM 2>err"),
        facts("terminals: output into a pipe", "PROGRAM | cat"),
        facts("terminals: input from a pipe", "echo x | PROGRAM"),
        facts("terminals: in the middle of a pipeline", "echo x | PROGRAM | cat"),
        facts("terminals: none", "PROGRAM <facts.sh >out 2>&1"),
        facts("terminals: output and errors into one pipe", "PROGRAM 2>&1 | cat"),
        facts("terminals: in a command substitution", "echo \"$(PROGRAM)\""),
        facts("terminals: everything by /dev/tty", "PROGRAM </dev/tty >/dev/tty 2>&1"),
        list("colours in a terminal", ""),
        list("no colours in a file", " >out"),
        list("errors into a file have no carriage returns", " 2>err"),
        list("colours while errors go into a file", " 2>/dev/null"),
        list("tee shows and keeps the output", " 2>&1 | tee log"),
        list("output to /dev/null", " >/dev/null"),
        Row::new("the first of a pipeline", "{pp}seq 5 | sort -r"),
        Row::new("the last of a pipeline", "seq 5 | {pp}sort -r"),
        Row::new("the middle of a pipeline", "seq 20 | {pp}grep 1 | sort -r | head -3"),
        Row::new("every part of a pipeline", "{pp}seq 20 | {pp}grep 1 | {pp}sort -r | {pp}head -3"),
        Row::new("the same program twice in a pipeline", "printf 'b\\na\\n' | {pp}cat | {pp}cat"),
        Row::new(
            "the exit codes of a pipeline",
            "{pp}sh -c 'exit 3' | {pp}sh -c 'cat; exit 4' | cat; echo ${PIPESTATUS[@]}",
        ),
        Row::new("a here-document", "bash script")
            .file("script", "{pp}cat <<END\nhello $((40 + 2))\nEND\n"),
        Row::new("a here-document of 300 KB", "bash script")
            .file("script", "{pp}md5sum <<<\"$(seq 60000)\"\n"),
        Row::new("a here-string", "{pp}tr a-z A-Z <<<'hello world'"),
        Row::new("input from a file", "{pp}sort <names").file("names", "c\na\nb\n"),
        Row::new("input and output are one file", "{pp}tr a-z A-Z <>names >&0")
            .file("names", "abc\n"),
        Row::new("appended output", "{pp}echo two >>log; {pp}echo three >>log; cat log")
            .file("log", "one\n"),
        Row::new(
            "two programs share the offset of a file",
            "{ {pp}head -n 1; echo --; {pp}cat; } <names",
        )
            .file("names", "one\ntwo\nthree\n"),
        Row::new(
            "two programs share the offset of an output",
            "{ {pp}echo one; echo two; {pp}echo three; } >log",
        ),
        Row::new(
            "a while loop that reads a file",
            "while read x; do {pp}echo \"<$x>\"; done <names",
        )
            .file("names", "one\ntwo\nthree\n"),
        Row::new(
            "a while loop that reads a pipe",
            "seq 4 | while read x; do {pp}echo \"<$x>\"; done",
        ),
        Row::new(
            "a script from standard input",
            "printf 'pp=; {pp}echo one\\necho two\\n{pp}echo three\\n' | bash",
        ),
        Row::new("a program that reads a part of the script", "bash <script")
            .file(
                "script",
                "read -r line\nthis is read by the shell\n{pp}cat\nthis is read by cat\n",
            ),
        Row::new("no program reads the input", "seq 3 | { {pp}true; cat; }"),
        Row::new("standard input is closed", "{pp}sh -c 'cat; echo code $?' <&-"),
        Row::new("standard output is closed", "{pp}sh -c 'echo x; echo code $? >&2' >&-"),
        Row::new("standard error is closed", "{pp}sh -c 'echo x >&2; echo code $?' 2>&-"),
        Row::new("all three are closed", "{pp}sh -c 'ls /proc/self/fd >fds; exit 6' <&- >&- 2>&-"),
        Row::new("output to a full device", "{pp}echo x >/dev/full; echo code $?")
            .differs("When the output of `pp` cannot be written, `pp` reports it, not the program."),
        Row::new("errors to a full device", "{pp}ls ./nosuchfile 2>/dev/full; echo code $?")
            .differs("When the output of `pp` cannot be written, `pp` reports it, not the program."),
        Row::script(
            "a named pipe as output",
            "mkfifo pipe; cat pipe & {pp}echo through >pipe; wait",
        ),
        Row::new("a named pipe as input", "mkfifo pipe; (echo through >pipe &); {pp}cat <pipe"),
        Row::new(
            "the program writes to /dev/tty, its output is redirected",
            "{pp}sh -c 'echo hidden; echo shown >/dev/tty' >out 2>&1",
        ),
        Row::new(
            "the program reads /dev/tty, its input is a pipe",
            "echo piped | {pp}sh -c 'cat; read line </dev/tty; echo \"typed $line\"'",
        )
            .wait("piped")
            .line("word")
            .wait("typed"),
        Row::new(
            "the program reads /dev/tty, all three are redirected",
            "echo piped | {pp}sh -c 'cat; echo asks >/dev/tty; read line </dev/tty; echo \"typed $line\"' >out 2>&1",
        )
            .wait("asks")
            .line("word")
            .limit(4)
            .differs("A program none of whose three streams is a terminal has none: it cannot open `/dev/tty`."),
        Row::new(
            "the program reads /dev/tty, both outputs are redirected",
            "{pp}sh -c 'echo asks >/dev/tty; read line </dev/tty; echo \"typed $line\"' >out 2>&1",
        )
            .wait("asks")
            .line("word"),
        Row::new(
            "read -s from /dev/tty in a pipeline",
            "echo data | {pp}bash -c 'read -s -p \"password: \" word </dev/tty; cat; echo $word' | cat",
        )
            .wait("password:")
            .line("abc")
            .wait("abc"),
        Row::new("output into a file, input from the terminal", "{pp}cat >typed")
            .line("one")
            .line("two")
            .key("C-d"),
        Row::new("output into a pipe, input from the terminal", "{pp}cat | tr a-z A-Z")
            .line("one")
            .wait("ONE")
            .line("two")
            .wait("TWO")
            .key("C-d"),
        Row::new(
            "Ctrl+C while the output goes into a pipe",
            "{pp}sh -c 'echo ready; exec sleep 100' | cat",
        )
            .wait("ready")
            .key("C-c")
            .answer("y"),
        Row::new(
            "Ctrl+C while the output goes into a file",
            "{pp}sh -c 'echo ready >&2; exec sleep 100' >out",
        )
            .wait("ready")
            .key("C-c")
            .answer("y"),
        Row::new(
            "Ctrl+C while the input is a file",
            "{pp}sh -c 'echo ready; exec sleep 100' </dev/null",
        )
            .wait("ready")
            .key("C-c")
            .answer("y"),
        Row::new("less pages a pipe", "seq 300 | {pp}less")
            .needs("less")
            .wait("29\n:")
            .text(" ")
            .wait("58\n:")
            .shot()
            .text("G")
            .wait("300")
            .shot()
            .text("q"),
        Row::new("a program's output into less", "{pp}seq 300 | less")
            .needs("less")
            .wait("29\n:")
            .text(" ")
            .wait("58\n:")
            .shot()
            .text("q"),
        Row::new("both sides of a pipe into less", "{pp}seq 300 | {pp}less")
            .needs("less")
            .wait("29\n:")
            .text(" ")
            .wait("58\n:")
            .shot()
            .text("q"),
        Row::new(
            "stdout swapped with a saved descriptor",
            "exec 5>&1; {pp}echo to five >&5; exec 5>&-",
        ),
        Row::new(
            "a command substitution in a command",
            "{pp}echo \"<$({pp}echo inner; {pp}echo second)>\"",
        ),
        Row::new(
            "a command substitution keeps the exit code",
            "x=$({pp}sh -c 'echo text; exit 9'); echo \"$? $x\"",
        ),
        Row::new("carriage returns of the program stay", "{pp}printf 'a\\r\\nb\\rc\\n' >out"),
        Row::new("no last newline", "{pp}printf abc; {pp}printf def >out"),
        Row::new("empty output", "{pp}true >out; wc -c out; {pp}true | wc -c"),
    ]
}
