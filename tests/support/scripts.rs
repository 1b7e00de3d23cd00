//! Shell scripts that tests run as managed processes, named for what they do. They need only `sh`.

/// Prints `line 1`, `line 2`, … without end, about 100 a second.
pub(crate) const COUNTS: &str = "i=0
while :; do
    i=$((i + 1))
    echo \"line $i\"
    sleep 0.01
done";

/// Prints 50 lines, waits for a line from the named pipe `go`, prints 50 more and exits with code 23.
pub(crate) const COUNTS_TO_100: &str = "i=0
while [ $i -lt 50 ]; do i=$((i + 1)); echo \"line $i\"; done
read word <go
while [ $i -lt 100 ]; do i=$((i + 1)); echo \"line $i\"; done
exit 23";

/// A process tree that ignores SIGTERM, with a child in a session of its own, an orphan and an
/// ordinary child. Each writes its pid to a line of the file `pids`.
pub(crate) const IGNORES_SIGTERM: &str = r#"trap '' TERM HUP INT
stay='echo $$ >>pids; while :; do sleep 1000; done'
echo $$ >>pids
setsid sh -c "$stay" &
(setsid sh -c "$stay" &)
sh -c "$stay" &
while :; do sleep 1000; done"#;

/// A process tree that ignores SIGTERM and keeps growing: it forks short-lived children without
/// end, each with a child of its own.
pub(crate) const KEEPS_FORKING: &str = r#"trap '' TERM HUP INT
grow='echo $$ >>pids; (setsid sleep 0.2 &); sleep 0.05'
echo $$ >>pids
while :; do
    sh -c "$grow" &
    (setsid sh -c "$grow" &)
    sleep 0.02
done"#;

/// Prints each signal it receives and continues; SIGTERM makes it exit with code 5. Its `sleep`
/// ignores these signals, because the shell would print a message if one killed it.
pub(crate) const PRINTS_SIGNALS: &str = "trap 'echo got HUP' HUP
trap 'echo got USR1' USR1
trap 'echo bye; exit 5' TERM
echo ready
while :; do (trap '' HUP USR1 TERM; exec sleep 0.05); done";

/// A server on any free port that prints its URL as Vite does, and then every line that it reads.
pub(crate) const SERVES: &str = "python3 -uc \"import socket, sys, time
server = socket.create_server(('127.0.0.1', 0))
print('  VITE ready in 5 ms')
print('  Local: http://localhost:%d/' % server.getsockname()[1])
for line in sys.stdin:
    print('said', line, end='')
time.sleep(1000)\"";

/// Asserts that a log holds `line 1` to `line n`, each once and in order, and returns n. An
/// incomplete last line is ignored.
#[track_caller]
pub(crate) fn count_in_order(log: &str) -> usize {
    let whole = log.rfind('\n').map_or("", |end| &log[..end]);
    for (number, line) in whole.lines().enumerate() {
        assert_eq!(line.trim_end(), format!("line {}", number + 1), "lost, repeated or torn");
    }
    whole.lines().count()
}
