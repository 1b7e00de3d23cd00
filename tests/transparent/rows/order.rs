//! Order: standard output and standard error reach the screen, a file or a pipe in the order in which
//! they were written.

use crate::support::tools::number_from_env;

use super::super::row::Row;

/// Prints to both streams in turn.
const TRACE: &str = "for word in one two three; do
    echo \"out $word\"
    echo \"err $word\" >&2
done
";

const COUNTING: &str = "for number in $(seq 200); do
    echo \"out $number\"
    echo \"err $number\" >&2
done
";

const PYTHON: &str = "import sys
print('o1')
print('e1', file=sys.stderr)
print('o2')
sys.exit('the end')
";

pub(in super::super) fn rows() -> Vec<Row> {
    // `tests/run --thorough` sets it.
    let rounds = number_from_env("PERSISTPROC_TEST_ROUNDS", 20).min(200);
    vec![
        Row::new("bash -x in a terminal", "{pp}bash -x trace").file("trace", TRACE),
        Row::new(
            "bash -x in a terminal, many times",
            &format!("for n in $(seq {rounds}); do {{pp}}bash -x trace; done"),
        )
            .file("trace", TRACE)
            .history()
            .limit(120),
        Row::new("200 lines of each stream in turn, in a terminal", "{pp}bash -x counting")
            .file("counting", COUNTING)
            .history(),
        Row::new("both streams into one file", "{pp}bash -x trace >log 2>&1").file("trace", TRACE),
        Row::new(
            "both streams into one file, many times",
            &format!("for n in $(seq {rounds}); do {{pp}}bash -x trace >>log 2>&1; done"),
        )
            .file("trace", TRACE)
            .limit(120),
        Row::new(
            "200 lines of each stream in turn, into one file",
            "{pp}bash -x counting >log 2>&1",
        )
            .file("counting", COUNTING),
        Row::new(
            "both streams into one file that is opened twice",
            "{pp}bash -x trace >>log 2>>log",
        )
            .file("trace", TRACE),
        Row::new("both streams into one pipe", "{pp}bash -x counting 2>&1 | cat >log")
            .file("counting", COUNTING),
        Row::new("both streams into one pipe by |&", "{pp}bash -x trace |& cat")
            .file("trace", TRACE),
        Row::new("both streams apart, into two files", "{pp}bash -x counting >out 2>err")
            .file("counting", COUNTING),
        Row::new(
            "standard output into a file, standard error on the screen",
            "{pp}bash -x trace >out",
        )
            .file("trace", TRACE),
        Row::new(
            "standard error into a file, standard output on the screen",
            "{pp}bash -x trace 2>err",
        )
            .file("trace", TRACE),
        Row::new("2>&1 before >file", "{pp}bash -x trace 2>&1 >out").file("trace", TRACE),
        Row::new("both streams exchanged", "{pp}bash -x trace 3>&1 1>&2 2>&3 3>&- | cat >log")
            .file("trace", TRACE),
        Row::new("Python's streams in a terminal", "{pp}python3 both.py").file("both.py", PYTHON),
        Row::new(
            "Python's streams into one file, where it buffers",
            "{pp}python3 both.py >log 2>&1",
        )
            .file("both.py", PYTHON),
        Row::new("Node's streams in a terminal", "{pp}node both.js")
            .needs("node")
            .file(
            "both.js",
            "for (const n of [1, 2, 3, 4]) { console.log('out', n); console.error('err', n) }\n",
        ),
        Row::new("a question on standard error after output", "{pp}bash ask")
            .file(
                "ask",
                "echo before; read -p 'name? ' name; echo \"hello $name\"; ls /nonexistent; echo after\n",
            )
            .wait("name?")
            .line("world"),
        Row::new("make prints commands, output and errors", "{pp}make -k")
            .needs("make")
            .file(
                "Makefile",
                "all: one two\none:\n\t@echo making one\n\tls /nonexistent\ntwo:\n\techo two\n",
            ),
        Row::script(
            "a compiler's errors between the lines of a build",
            "set -x\n{pp}sh -c 'echo start; sh -c \"nosuch\"; echo middle; false'\necho $?\n",
        )
            .mask(r"(?m)^\+ pp ", "+ "),
    ]
}
