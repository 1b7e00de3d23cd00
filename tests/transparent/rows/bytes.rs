//! Bytes: binary and long input and output, pipes that end early, text in other encodings.

use super::super::row::Row;

const ALL_BYTES: &str =
    "python3 -c \"import sys; sys.stdout.buffer.write(bytes(range(256)) * 400)\" >blob";

const NO_SIGPIPE: &str = "A program that has ended before the reader of its pipe closes it gets no SIGPIPE: the log takes its output.";

pub(in super::super) fn rows() -> Vec<Row> {
    vec![
        Row::new("all bytes into a file", "{pp}cat blob >out; cmp blob out && echo same")
            .setup(ALL_BYTES),
        Row::new("all bytes through two pipes", "cat blob | {pp}cat | cmp - blob && echo same")
            .setup(ALL_BYTES),
        Row::new(
            "all bytes on standard error",
            "{pp}sh -c 'cat blob >&2' 2>out; cmp blob out && echo same",
        )
        .setup(ALL_BYTES),
        Row::new("100 MB out through a pipe", "{pp}head -c 100000000 /dev/zero | md5sum").limit(90),
        Row::new(
            "100 MB in and out through pipes",
            "head -c 100000000 /dev/zero | {pp}cat | md5sum",
        )
        .limit(90),
        Row::new("100 MB into a file", "{pp}seq 13000000 >out; md5sum <out; rm out").limit(90),
        Row::new("10 MB of lines on the screen", "{pp}seq 200000").limit(60),
        Row::new("a slow reader gets every line", "{pp}seq 200000 | (sleep 0.5; md5sum)"),
        Row::new("yes into head", "{pp}yes | head -1; echo ${PIPESTATUS[@]}"),
        Row::new("yes into head, head under pp", "yes | {pp}head -1; echo ${PIPESTATUS[@]}"),
        Row::new("yes into head, both under pp", "{pp}yes | {pp}head -1; echo ${PIPESTATUS[@]}"),
        Row::new("lines without end into head", "{pp}seq inf | head -2; echo ${PIPESTATUS[@]}"),
        Row::new(
            "an output that is longer than a pipe, and a slow reader that takes a part",
            "{pp}seq 20000 | (sleep 0.5; head -2); echo ${PIPESTATUS[@]}",
        )
        .differs(NO_SIGPIPE),
        Row::new(
            "a million lines into head",
            "{pp}seq 1000000 | head -2; [ ${PIPESTATUS[0]} = 0 -o ${PIPESTATUS[0]} = 141 ]",
        ),
        Row::new(
            "input that is not read to its end",
            "seq 1000000 | {pp}head -2; echo ${PIPESTATUS[@]}",
        ),
        Row::new("input that is not read at all", "seq 1000000 | {pp}true; echo ${PIPESTATUS[@]}"),
        Row::new(
            "a reader that ends before the first byte",
            "{pp}sh -c 'sleep 0.3; echo x; echo code $? >&2' | true; echo ${PIPESTATUS[@]}",
        ),
        Row::new(
            "Python writes into a closed pipe",
            "{pp}python3 -c 'for n in iter(int, 1): print(n)' 2>err | head -1; echo ${PIPESTATUS[@]}",
        ),
        Row::new(
            "Latin-1 bytes in the output",
            "{pp}printf 'caf\\351\\n' >out; {pp}printf 'caf\\351\\n' | od -c",
        ),
        Row::new("Latin-1 bytes on the screen", "{pp}printf 'caf\\351 x\\n'"),
        Row::new("Latin-1 bytes in an argument", "{pp}cat $'caf\\xe9'")
            .setup("echo inside >$'caf\\xe9'")
            .mask("\u{fffd}", "?"),
        Row::new("UTF-8 on the screen", "{pp}printf 'grüße 漢字 🦀 e\\u0301\\n'"),
        Row::new(
            "UTF-8 split between two writes",
            "{pp}python3 -c \"import os,time; os.write(1,b'\\xf0\\x9f'); time.sleep(0.2); os.write(1,b'\\xa6\\x80 crab\\n')\"",
        ),
        Row::new(
            "an argument with newlines, quotes and no characters",
            "{pp}python3 -c 'import sys; print(sys.argv[1:])' $'a\\nb' \"it's\" '\"' '' ' ' '*' '$HOME' '--' -x",
        ),
        Row::new(
            "an argument of 120 KB",
            "{pp}sh -c 'echo ${#1}' sh \"$(head -c 120000 /dev/zero | tr '\\0' x)\"",
        ),
        Row::new("500 arguments", "{pp}sh -c 'echo $#' sh $(seq 500)"),
        Row::new(
            "a progress bar of carriage returns",
            "{pp}python3 -c \"import time\nfor n in range(0, 101, 10):\n    print(f'\\r{n:3}% ' + '#' * (n // 5), end='', flush=True); time.sleep(0.01)\nprint()\"",
        ),
        Row::new(
            "a progress bar into a file",
            "{pp}sh -c 'for n in 1 2 3; do printf \"\\r%s\" $n; done' >out",
        ),
        Row::new("backspaces and erased lines", "{pp}printf 'abc\\b\\bX\\n1234\\r\\033[Kxy\\n'"),
        Row::new("tabs", "{pp}printf 'a\\tb\\tc\\n1234567890\\tx\\n'"),
        Row::new("dd shows its progress", "{pp}dd if=/dev/zero of=/dev/null bs=1M count=10")
            .mask(r"copied,.*", "copied"),
        Row::new("a NUL byte in the input", "printf 'a\\0b\\n' | {pp}od -c"),
        Row::new(
            "a line of a million characters",
            "{pp}sh -c 'head -c 1000000 /dev/zero | tr \"\\0\" x; echo' | wc -lc",
        ),
        Row::new(
            "a file grows while it is written in pieces",
            "{pp}sh -c 'for n in 1 2 3 4 5; do printf $n; sleep 0.02; done' >out",
        ),
    ]
}
