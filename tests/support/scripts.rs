//! Programs for the children of a test, named for what they do. Plain `sh`, so that every
//! machine has them.

/// Prints `line 1`, `line 2`, … for ever, a hundred or so a second.
pub(crate) const COUNTS: &str = "i=0
while :; do
    i=$((i + 1))
    echo \"line $i\"
    sleep 0.01
done";

/// Prints fifty lines, waits until someone writes to the pipe `go`, prints fifty more and ends.
pub(crate) const COUNTS_TO_100: &str = "i=0
while [ $i -lt 50 ]; do i=$((i + 1)); echo \"line $i\"; done
read word <go
while [ $i -lt 100 ]; do i=$((i + 1)); echo \"line $i\"; done
exit 23";

/// A tree that wants to stay: it ignores SIGTERM, has a child that left the session, and one
/// that was orphaned on purpose. Every pid stands in the file `pids`, one a line.
pub(crate) const IGNORES_SIGTERM: &str = r#"trap '' TERM HUP INT
stay='echo $$ >>pids; while :; do sleep 1000; done'
echo $$ >>pids
setsid sh -c "$stay" &
(setsid sh -c "$stay" &)
sh -c "$stay" &
while :; do sleep 1000; done"#;

/// A tree that grows while it is being cut: short-lived children for ever, each with one of its own,
/// and nobody listens.
pub(crate) const KEEPS_FORKING: &str = r#"trap '' TERM HUP INT
grow='echo $$ >>pids; (setsid sleep 0.2 &); sleep 0.05'
echo $$ >>pids
while :; do
    sh -c "$grow" &
    (setsid sh -c "$grow" &)
    sleep 0.02
done"#;

/// Says what it was told to do by each signal, and goes on; SIGTERM ends it with 5. What it waits
/// for hears no signal: the shell would tell of its death.
pub(crate) const PRINTS_SIGNALS: &str = "trap 'echo got HUP' HUP
trap 'echo got USR1' USR1
trap 'echo bye; exit 5' TERM
echo ready
while :; do (trap '' HUP USR1 TERM; exec sleep 0.05); done";

/// Makes sure that a log holds `line 1` to `line n`, each once and in order; answers n. Its
/// last line may be only begun.
#[track_caller]
pub(crate) fn count_in_order(log: &str) -> usize {
    let whole = log.rfind('\n').map_or("", |end| &log[..end]);
    for (number, line) in whole.lines().enumerate() {
        assert_eq!(line.trim_end(), format!("line {}", number + 1), "lost, repeated or torn");
    }
    whole.lines().count()
}
