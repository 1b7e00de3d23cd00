//! Speed: the first output of a program under `pp` comes soon after that of the bare program.

use std::fs;

use super::stage::Stage;

/// How much later the first output may come, in seconds.
const MOST_DELAY: f64 = 0.2;

/// Starts a program in a terminal, bare and under `pp` in turn; prints how many seconds the first
/// output took. The fastest run counts, because the machine may be busy: there are ten runs, and more
/// for half a minute until one is fast. The third number is how many seconds the half of the runs took
/// to their end at most.
const MEASURES_PY: &str = "import os, pty, time
def run(words):
    start = time.monotonic()
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(words[0], words)
    seen = b''
    while b'first' not in seen:
        seen += os.read(terminal, 1000)
    elapsed = time.monotonic() - start
    try:
        while os.read(terminal, 1000):
            pass
    except OSError:
        os.waitpid(pid, 0)
    return elapsed, time.monotonic() - start
program = ['sh', '-c', 'echo first']
bare, under_pp = [], []
begin = time.monotonic()
def is_done():
    is_fast = bare and min(under_pp)[0] < min(bare)[0] + 0.2
    return len(bare) >= 10 and (is_fast or time.monotonic() - begin > 30)
while not is_done():
    bare.append(run(program))
    under_pp.append(run(['pp'] + program))
ends = sorted(end for _, end in under_pp)
print(min(bare)[0], min(under_pp)[0], ends[(len(ends) - 1) // 2])
";

#[test]
fn the_first_output_comes_within_200_ms_of_the_bare_program() {
    let stage = Stage::new();
    let folder = stage.folder("rows");
    fs::write(folder.join("measures.py"), MEASURES_PY).unwrap();
    let output = stage.outside(&folder, &[], "timeout 60 python3 measures.py").ok();
    let seconds: Vec<f64> = output.out().split_whitespace().map(|s| s.parse().unwrap()).collect();
    let [bare, under_pp, end] = seconds[..] else { panic!("{output}") };
    println!("bare {bare:.3} s, under pp {under_pp:.3} s, to its end {end:.3} s");
    assert!(under_pp < bare + MOST_DELAY, "bare {bare:.3} s, under pp {under_pp:.3} s");
    assert!(end < 1.0, "half of the runs took {end:.3} s or more to end");
}
