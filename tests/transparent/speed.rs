//! Speed: the first output of a program under `pp` comes soon after that of the bare program.

use std::fs;

use super::stage::Stage;

/// How much later the first output may come, in seconds.
const MOST_DELAY: f64 = 0.2;

/// Starts a program in a terminal, bare and under `pp` in turn; prints how many seconds the first
/// output took. The fastest of ten counts, because the machine may be busy.
const MEASURES_PY: &str = "import os, pty, time
def first_output(words):
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
    return elapsed
program = ['sh', '-c', 'echo first']
times = [(first_output(program), first_output(['pp'] + program)) for _ in range(10)]
print(min(bare for bare, _ in times), min(under_pp for _, under_pp in times))
";

#[test]
fn the_first_output_comes_within_200_ms_of_the_bare_program() {
    let stage = Stage::new();
    let folder = stage.folder("rows");
    fs::write(folder.join("measures.py"), MEASURES_PY).unwrap();
    let output = stage.outside(&folder, &[], "timeout 60 python3 measures.py").ok();
    let seconds: Vec<f64> = output.out().split_whitespace().map(|s| s.parse().unwrap()).collect();
    let [bare, under_pp] = seconds[..] else { panic!("{output}") };
    println!("bare {bare:.3} s, under pp {under_pp:.3} s");
    assert!(under_pp < bare + MOST_DELAY, "bare {bare:.3} s, under pp {under_pp:.3} s");
}
