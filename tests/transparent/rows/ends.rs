//! Ends: exit codes, fatal signals, missing programs, and what is left running.

use super::super::row::Row;

/// Runs its arguments; prints how they ended, as the kernel told their parent.
const STATUS_PY: &str = "import os, signal, sys
for ignored_by_python in signal.SIGPIPE, signal.SIGXFSZ:
    signal.signal(ignored_by_python, signal.SIG_DFL)
pid = os.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
status = os.waitpid(pid, 0)[1]
if os.WIFSIGNALED(status):
    print('signal', os.WTERMSIG(status), flush=True)
else:
    print('exit', os.WEXITSTATUS(status), flush=True)
";

fn status(name: &'static str, program: &str) -> Row {
    Row::new(name, &format!("ulimit -c 0; python3 status.py {program}"))
        .file("status.py", STATUS_PY)
}

fn signals(name: &'static str, signals: &str) -> Row {
    let command = format!(
        "ulimit -c 0; for s in {signals}; do python3 status.py {{pp}}sh -c \"kill -$s \\$\\$\"; done 2>&1 | tee codes"
    );
    Row::new(name, &command).file("status.py", STATUS_PY)
}

pub(in super::super) fn rows() -> Vec<Row> {
    let codes = |name: &'static str, range: &str| {
        Row::new(
            name,
            &format!("for n in $(seq {range}); do {{pp}}sh -c \"exit $n\"; echo $?; done >codes"),
        )
        .limit(60)
    };
    vec![
        codes("exit codes 0 to 63", "0 63"),
        codes("exit codes 64 to 127", "64 127"),
        codes("exit codes 128 to 191", "128 191"),
        codes("exit codes 192 to 255", "192 255"),
        signals("ended by SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE", "INT QUIT TERM HUP PIPE"),
        signals("ended by the signals of faults", "ILL TRAP ABRT BUS FPE SEGV SYS")
            .differs("A program that a fault or SIGKILL ends: `pp` says so and exits with 128 + the number of the signal."),
        signals("ended by SIGKILL and by limits", "KILL XCPU XFSZ")
            .differs("A program that a fault or SIGKILL ends: `pp` says so and exits with 128 + the number of the signal."),
        signals(
            "ended by SIGUSR1, SIGUSR2, SIGALRM and others",
            "USR1 USR2 ALRM VTALRM PROF IO PWR 16 34 40 64",
        )
            .differs("A program that a fault or SIGKILL ends: `pp` says so and exits with 128 + the number of the signal."),
        Row::new("the shell's words for SIGTERM", "{pp}sh -c 'kill -TERM $$'"),
        Row::new("the shell's words for SIGSEGV", "ulimit -c 0; {pp}sh -c 'kill -SEGV $$'")
            .differs("A program that a fault or SIGKILL ends: `pp` says so and exits with 128 + the number of the signal."),
        Row::new("the shell's words for SIGKILL", "{pp}sh -c 'kill -KILL $$'")
            .differs("A program that a fault or SIGKILL ends: `pp` says so and exits with 128 + the number of the signal."),
        Row::new("a script's words for SIGTERM", "bash script; cat log")
            .file(
                "script",
                "{pp}sh -c 'kill -TERM $$'\necho code $?\n{pp}sh -c 'kill -HUP $$' 2>log\necho code $?\n",
            )
            .mask(r"line (\d+): +\d+ (Terminated|Hangup) +(pp )?", "line $1: pid $2 ")
            .ignore_file("log"),
        Row::new(
            "Node aborts",
            "ulimit -c 0; {pp}node -e 'process.abort()' 2>/dev/null; echo code $?",
        )
            .needs("node")
            .mask(r"(?m)^bash: .*$|^Aborted.*$", "shell")
            .differs("A program that a fault or SIGKILL ends: `pp` says so and exits with 128 + the number of the signal."),
        status("a missing program, as its parent sees it", "{pp}sh -c nosuchprogram 2>&1"),
        Row::new(
            "&& and ||",
            "{pp}false && echo no; {pp}true && echo yes; {pp}false || echo or; ! {pp}false && echo not",
        ),
        Row::new(
            "if, while and until",
            "if {pp}test -e none; then echo yes; else echo no; fi; n=0; while {pp}test $n -lt 3; do n=$((n+1)); done; echo $n",
        ),
        Row::new("set -e ends a script", "bash script; echo code $?")
            .file("script", "set -e\n{pp}sh -c 'exit 7'\necho not reached\n"),
        Row::new(
            "pipefail",
            "set -o pipefail; {pp}sh -c 'exit 5' | cat; echo $?; {pp}true | {pp}true; echo $?",
        ),
        Row::new("exec in a script", "bash script; echo code $?")
            .file("script", "exec {pp}sh -c 'echo last; exit 6'\n"),
        Row::new(
            "a missing program: code 127",
            "{pp}nosuchprogram 2>/dev/null; echo $?; {pp}./nosuchfile 2>/dev/null; echo $?",
        ),
        Row::new("a missing program: the message", "{pp}nosuchprogram")
            .differs("A program that is missing or cannot be executed is reported by `pp`, with the same exit code."),
        Row::new("a file that is not executable: code 126", "{pp}./plain 2>/dev/null; echo $?")
            .file("plain", "echo x\n"),
        Row::new(
            "a directory as a program: code 126",
            "{pp}./folder 2>/dev/null; echo $?; {pp}/ 2>/dev/null; echo $?",
        )
            .setup("mkdir folder"),
        Row::new("an interpreter that is missing", "{pp}./script 2>/dev/null; echo $?")
            .executable("script", "#!/nonexistent/interpreter\n"),
        Row::new("a script without #!", "{pp}./script one two")
            .executable("script", "echo \"script of $# words\"\nexit 3\n"),
        Row::new("an empty executable file", "{pp}./empty; echo $?").executable("empty", ""),
        Row::new("a script with arguments in its #!", "{pp}./script x")
            .executable("script", "#!/bin/sh -e\necho $1\nfalse\necho not reached\n"),
        Row::new("a program found only by a relative path", "PATH=.:$PATH {pp}local-program")
            .executable("local-program", "#!/bin/sh\necho local\n"),
        Row::new("a path with a space", "{pp}./'a program'")
            .executable("a program", "#!/bin/sh\necho spaced\n"),
        Row::new(
            "a background process in a session of its own is left",
            "{pp}sh -c 'setsid sleep 300 >/dev/null 2>&1 & echo started'",
        )
            .differs("What a program leaves running in a session of its own is named in one line."),
        Row::new(
            "a daemon that forks twice is left",
            "{pp}python3 daemon.py; cat pid >/dev/null && echo started",
        )
            .file("daemon.py", "import os, time
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
null = os.open('/dev/null', os.O_RDWR)
for n in range(3): os.dup2(null, n)
time.sleep(300)
")
            .setup("touch pid")
            .differs("What a program leaves running in a session of its own is named in one line."),
        Row::new(
            "ssh-agent is left",
            "eval \"$({pp}ssh-agent -s)\" >/dev/null; ssh-add -l; echo $SSH_AGENT_PID >pid",
        )
            .needs("ssh-agent")
            .ignore_file("pid")
            .mask(r"/tmp/ssh-\S+", "agent")
            .differs("What a program leaves running in a session of its own is named in one line."),
        Row::new(
            "tmux new -d is left",
            "{pp}tmux -f /dev/null -L left new-session -d 'sleep 300'; tmux -L left list-sessions | wc -l",
        )
            .differs("What a program leaves running in a session of its own is named in one line."),
        Row::new(
            "a background process of the same session",
            "{pp}sh -c 'sleep 300 >/dev/null 2>&1 & echo started'",
        )
            .differs("When a program exits, persistproc ends the background processes that it left in its session."),
        Row::new(
            "a pipe that a background process keeps open",
            "{pp}sh -c '(sleep 0.3; echo late) & echo early' | cat",
        )
            .differs("When a program exits, persistproc ends the background processes that it left in its session."),
        Row::new(
            "the same program runs again at once",
            "for n in 1 2 3; do {pp}sh -c 'setsid sleep 300 >/dev/null 2>&1 & echo started'; done",
        )
            .differs("What a program leaves running in a session of its own is named in one line."),
        Row::new(
            "a program that ends at once, many times",
            "for n in 1 2 3 4 5 6 7 8 9 10; do {pp}true || echo failed; done",
        ),
        Row::new(
            "output just before the end",
            "for n in 1 2 3 4 5; do {pp}sh -c 'seq 100 | tail -n 1; kill -TERM $$' 2>/dev/null; done",
        )
            .mask("(?m)^Terminated *$", "Terminated"),
        Row::new("a zombie is not left", "{pp}sh -c 'sh -c \"exit 3\" & exec sleep 0.2'"),
        Row::new(
            "wait for a child of the program",
            "{pp}sh -c 'sh -c \"sleep 0.2; exit 5\" & wait $!; echo $?'",
        ),
    ]
}
