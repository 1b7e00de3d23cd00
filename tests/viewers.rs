//! Several terminals on one process: the one that typed last decides the size and answers the
//! questions of the program.

use crate::support::{Tmux, World, until};

/// Prints the size of its terminal at the start and after each change.
const SIZES: &str = "trap 'stty size' WINCH\nstty size\nwhile :; do sleep 0.05; done\n";

/// Asks the terminal for the position of the cursor whenever a line `ask` is read, and prints how
/// many answers came. Prints any other input.
const ASKS: &str = r"import os, select, sys, tty
tty.setcbreak(0)
sys.stdout.write('ready\n'); sys.stdout.flush()
typed = b''
while True:
    typed += os.read(0, 100)
    while b'\n' in typed:
        line, typed = typed.split(b'\n', 1)
        if line == b'ask':
            sys.stdout.write('\x1b[6n'); sys.stdout.flush()
            answer = b''
            while select.select([0], [], [], 2)[0]:
                answer += os.read(0, 100)
            print('answers:', answer.count(b'R'), flush=True)
        else:
            print('line:', line, flush=True)
";

#[test]
fn a_viewer_gives_the_size_back_when_it_leaves() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let first = tmux.window();
    world.write("sizes", SIZES);
    first.type_line("clear; pp sh sizes");
    first.until("40 120");
    let second = tmux.window();
    second.resize(60, 15);
    second.start("clear; pp attach sizes");
    first.until("15 60");
    second.press_keys(&["C-]", "C-]", "C-]"]);
    second.exit();
    first.until_times("40 120", 2);
}

#[test]
fn the_viewer_that_typed_last_decides_the_size() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let [first, second] = [tmux.window(), tmux.window()];
    second.resize(60, 15);
    world.write("sizes", SIZES);
    first.type_line("clear; pp sh sizes");
    first.until("40 120");
    second.type_line("clear; pp attach sizes");
    first.until("15 60");
    first.press_key("x");
    first.until_times("40 120", 2);
    // The size of a viewer that only watches does not count.
    second.resize(70, 20);
    first.resize(100, 30);
    first.until("30 100");
    assert!(!first.text().contains("20 70"), "{}", first.text());
    second.press_key("x");
    first.until("20 70");
}

#[test]
fn a_question_is_answered_once() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let [first, second] = [tmux.window(), tmux.window()];
    world.write("asks.py", ASKS);
    first.type_line("clear; pp python3 asks.py");
    first.until("ready");
    second.type_line("clear; pp attach asks.py");
    second.until("ready");
    second.type_line("ask");
    second.until_times("answers: 1", 1);
    first.type_line("ask");
    first.until_times("answers: 1", 2);
}

#[test]
fn replayed_output_asks_nothing() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let [first, second] = [tmux.window(), tmux.window()];
    world.write("asks.py", ASKS);
    first.type_line("clear; pp python3 asks.py");
    first.until("ready");
    first.type_line("ask");
    first.until("answers: 1");
    second.type_line("clear; pp attach asks.py");
    second.until("answers: 1");
    second.type_line("typed");
    second.until("line: b'typed'");
}

#[test]
fn without_a_viewer_the_essential_questions_are_answered() {
    let world = World::new();
    world.write(
        "identifies.py",
        "import os, sys, tty\n\
         tty.setraw(0)\n\
         sys.stdout.write('\\x1b[c\\x1b[5n'); sys.stdout.flush()\n\
         answer = b''\n\
         while not answer.endswith(b'n'): answer += os.read(0, 100)\n\
         print(answer)\n",
    );
    world.pp(["start", "--tty", "python3", "identifies.py"]).ok();
    let output = until("the answer", || {
        let output = world.pp(["output", "identifies.py"]).out();
        if output.contains("b'") { Ok(output) } else { Err(output) }
    });
    assert!(output.contains(r"b'\x1b[?1;2c\x1b[0n'"), "{output}");
}
