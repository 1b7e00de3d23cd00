//! Jobs: suspended and continued, in the background, with job control of an inner shell.

use super::super::row::Row;

/// Runs until the file `go` exists. It forks nothing: a shell that is stopped while it forks does not
/// stop.
const WAITS_PY: &str = "import os, time
print('ready', flush=True)
while not os.path.exists('go'):
    time.sleep(0.05)
";

/// The word `pp` in a line of `jobs`, and the pid of a new job.
fn jobs(row: Row) -> Row {
    row.mask(r"(Stopped|Running|Done|Terminated|Exit \d+)( +)pp ", "$1$2")
        .mask(r"(?m)^(\[\d+\][+-]? |)pp ", "$1")
        .mask(r"(?m)^(\[\d+\]) \d+$", "$1 pid")
}

pub(in super::super) fn rows() -> Vec<Row> {
    vec![
        jobs(Row::new("Ctrl+Z, jobs and fg", "{pp}cat"))
            .line("one")
            .wait("one\none")
            .key("C-z")
            .wait("[148]$")
            .line("jobs")
            .wait("[0]$")
            .line("fg")
            .wait("cat\n\n")
            .line("two")
            .wait("two\ntwo")
            .key("C-d"),
        jobs(Row::new("Ctrl+Z, bg and wait", "{pp}python3 waits.py"))
            .file("waits.py", WAITS_PY)
            .wait("ready")
            .key("C-z")
            .wait("[148]$")
            .line("bg; touch go; wait")
            .ignore_file("go"),
        jobs(Row::new("a program in the background prints", "{pp}echo background & wait"))
            .wait("background"),
        jobs(Row::new("a program in the background ends with a code", "{pp}sh -c 'exit 3' & wait $!")),
        Row::script(
            "three programs in the background",
            "for n in 1 2 3; do {pp}sh -c \"echo $n >file$n\" & done; wait; cat file?",
        ),
        jobs(Row::new("a program in the background that reads the terminal is stopped", "{pp}cat & sleep 0.3; jobs"))
            .line("fg")
            .wait("cat\n\n")
            .line("typed")
            .wait("typed\ntyped")
            .key("C-d"),
        jobs(Row::new("kill %1 ends a program in the background", "{pp}sleep 100 & sleep 0.3; kill %1; wait"))
            .differs("A signal sent to `pp` ends `pp`; the program continues and can be attached to again."),
        Row::new(
            "timeout ends a program that continues under pp",
            "timeout 0.5 {pp}sh -c 'echo ready; exec sleep 100'",
        )
            .wait("ready")
            .differs("A signal sent to `pp` ends `pp`; the program continues and can be attached to again."),
        Row::new(
            "timeout around a program that ends before",
            "timeout 20 {pp}sh -c 'echo ready; exit 4'",
        ),
        Row::new("a program under timeout", "{pp}timeout 0.3 sleep 100"),
        Row::new(
            "a program under timeout that ignores SIGTERM",
            "{pp}timeout -k 0.2 0.2 sh -c 'trap \"\" TERM; echo ready; while :; do sleep 0.05; done'",
        )
            .differs("A program that a fault or SIGKILL ends: `pp` says so and exits with 128 + the number of the signal."),
        Row::new("an inner shell has job control", "PS1='> ' {pp}bash --norc -i")
            .wait(">")
            .line("sleep 100 & jobs; kill %1; wait; echo over")
            .wait("over")
            .mask(r"(?m)^(\[\d+\]) \d+$", "$1 pid")
            .shot()
            .line("exit"),
        Row::new("an inner shell suspends and continues a program", "PS1='> ' {pp}bash --norc -i")
            .wait(">")
            .line("sh -c 'echo started; exec cat'")
            .wait("\nstarted")
            .line("one")
            .wait("one\none")
            .key("C-z")
            .wait("exec cat'\n>")
            .line("jobs")
            .wait("jobs\n[1]+  Stopped                 sh -c 'echo started; exec cat'\n>")
            .line("fg")
            .wait("fg\nsh -c 'echo started; exec cat'\n")
            .line("two")
            .wait("two\ntwo")
            .key("C-d")
            .shot()
            .line("exit")
            .mask(r"pid \d+", "pid"),
        Row::new("Ctrl+C at the prompt of an inner shell", "PS1='> ' {pp}bash --norc -i")
            .wait(">")
            .text("unfinished")
            .wait("> unfinished")
            .key("C-c")
            .wait("^C\n>")
            .line("echo code $?")
            .wait("code 130")
            .shot()
            .line("exit"),
        Row::new("Ctrl+C ends a program of an inner shell", "PS1='> ' {pp}bash --norc -i")
            .wait(">")
            .line("sh -c 'echo started; exec sleep 100'")
            .wait("\nstarted")
            .key("C-c")
            .wait("^C\n>")
            .line("echo code $?")
            .wait("code 130")
            .shot()
            .line("exit"),
        Row::new(
            "a program that stops itself",
            "{pp}sh -c 'echo ready; kill -STOP $$; echo continued'",
        )
            .wait("ready")
            .wait_for("true")
            .line("fg")
            .differs("A program that stops itself goes on."),
        Row::new("nohup before pp", "nohup {pp}sh -c 'echo out; echo err >&2' >log 2>&1; cat log"),
        Row::new("nohup under pp", "{pp}nohup sh -c 'echo out; echo err >&2'; cat nohup.out"),
        Row::new("setsid before pp", "setsid -w {pp}sh -c 'echo out; exit 5'"),
        Row::new("setsid under pp", "{pp}setsid -w sh -c 'echo out; exit 5'"),
        Row::new("time before pp", "TIMEFORMAT='%lR real'; time {pp}sleep 0.2")
            .mask(r"0m0\.\d+s", "0m0.Ns"),
        Row::new(
            "the CPU time of time",
            "TIMEFORMAT='%U user'; time {pp}sh -c 'i=0; while [ $i -lt 600000 ]; do i=$((i+1)); done'",
        )
            .mask(r"0\.0\d+ user", "little")
            .mask(r"\d\.\d+ user", "much")
            .differs("`time pp …` measures the time that passed; the CPU time of the program is not in it."),
    ]
}
