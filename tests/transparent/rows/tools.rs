//! Tools of every day: version control, builds, filters and programs that start others.

use super::super::row::Row;

const GIT: &str = "git init -q . && git config user.email a@b.c && git config user.name me && for n in $(seq 40); do GIT_COMMITTER_DATE='2026-01-01T00:00:00Z' GIT_AUTHOR_DATE='2026-01-01T00:00:00Z' git commit -q --allow-empty -m \"commit $n\"; done";

fn git(name: &'static str, command: &str) -> Row {
    let mut row = Row::new(name, command).needs("git").setup(GIT);
    row.ignored_files.push(".git/");
    row
}

pub(in super::super) fn rows() -> Vec<Row> {
    vec![
        git("git log in its pager", "{pp}git log --oneline")
            .wait("\n:")
            .text(" ")
            .text("q")
            .mask("(?m)^[0-9a-f]{7} ", "hash "),
        git("git log into a pipe", "{pp}git log --oneline | head -n 2")
            .mask("(?m)^[0-9a-f]{7} ", "hash "),
        git("git log into less", "{pp}git log --oneline | less")
            .wait("\n:")
            .text("q")
            .mask("(?m)^[0-9a-f]{7} ", "hash "),
        git(
            "git commit in an editor",
            "EDITOR='vim -u NONE -N --cmd \"set noswapfile viminfo=\"' {pp}git commit --allow-empty",
        )
            .needs("vim")
            .wait("# ")
            .text("iwritten in vim")
            .key("Escape")
            .line(":wq")
            .wait("]$")
            .mask("[0-9a-f]{7}", "hash"),
        git(
            "git commit without a message",
            "EDITOR=true {pp}git commit --allow-empty; {pp}git status -sb",
        ),
        git("git add -p", "{pp}git add -p")
            .setup(&format!("{GIT}; echo a >file; git add file; git commit -qm file; echo b >>file"))
            .wait("[y,n")
            .line("y"),
        git(
            "git diff has colours",
            "{pp}git --no-pager diff --color=auto; {pp}git --no-pager diff --color=auto | od -c | head -n 3",
        )
            .setup(&format!("{GIT}; echo a >file; git add file; git commit -qm file; echo b >>file")),
        Row::new("man in its pager", "MANWIDTH=80 {pp}/usr/bin/man ls")
            .needs("man")
            .wait("\n Manual page")
            .text("q"),
        Row::new("make with four jobs under pp", "make -s -j4")
            .needs("make")
            .file(
                "Makefile",
                "all: 1 2 3 4\n1 2 3 4:\n\t@{pp}sh -c 'sleep 0.1; echo $@ >made.$@'\n",
            ),
        Row::new("xargs -P", "seq 8 | xargs -P 4 -I N {pp}sh -c 'echo N >made.N'"),
        Row::new(
            "xargs with the same words at once",
            "printf 'x\\nx\\nx\\nx\\n' | xargs -P 4 -n 1 {pp}sh -c 'echo run >>log' sh; wc -l <log",
        ),
        Row::new(
            "xargs -P with programs that print one after the other",
            "seq 6 | xargs -P 6 -I N {pp}sh -c 'sleep 0.N; echo N'",
        ),
        Row::new("xargs under pp", "seq 8 | {pp}xargs -n 3 echo"),
        Row::script(
            "the same filter twice at once",
            "(seq 3 | {pp}sort -r >one) & (seq 4 | {pp}sort -r >two) & wait; cat one two",
        ),
        Row::new(
            "find -exec",
            "find . -name 'a*' -exec {pp}echo found {} \\; | sort; find . -name 'a*' -exec {pp}/bin/ls {} + | wc -l",
        )
            .file("a1", "")
            .file("a2", "")
            .file("b", ""),
        Row::new("find under pp", "{pp}find . -name 'a*' -ok echo {} \\;")
            .file("a1", "")
            .wait("?")
            .line("y"),
        Row::new("rm -i", "{pp}rm -i a1 a2")
            .file("a1", "")
            .file("a2", "")
            .wait("a1'?")
            .line("y")
            .wait("a2'?")
            .line("n"),
        Row::new(
            "a menu of bash's select",
            "{pp}bash -c 'select x in one two three; do echo \"chosen $x\"; break; done'",
        )
            .wait("#?")
            .line("2"),
        Row::new("a program with the name of a command of pp", "{pp}ls --color=never names")
            .file("names", "")
            .differs("A program that has the name of one of these commands runs with `pp run --`: `pp run -- ls -l`."),
        Row::new("env and a shebang with env", "{pp}./script")
            .executable("script", "#!/usr/bin/env python3\nprint('by env')\n"),
        Row::new("stdbuf", "{pp}stdbuf -oL sh -c 'echo line; echo err >&2'"),
        Row::new("strace", "{pp}strace -e trace=none sh -c 'exit 3' 2>&1 | tail -n 1")
            .needs("strace"),
        Row::new("tar into a pipe", "{pp}tar c names | {pp}tar t").file("names", "x\n"),
        Row::new("gzip refuses a terminal", "{pp}gzip -c <names; echo $?").file("names", "x\n"),
        Row::new("tee in the middle", "seq 3 | {pp}tee copy | wc -l"),
        Row::new("tail -f ends with its reader", "{pp}tail -f names | head -n 1")
            .file("names", "x\n")
            .outside("sleep 0.3; echo y >>names; echo z >>names")
            .wait("]$"),
        Row::new("curl's progress bar", "{pp}curl -# file://$PWD/names -o copy")
            .needs("curl")
            .file("names", "x\n"),
        Row::new("socat between two programs", "{pp}socat -u EXEC:'echo through' STDOUT")
            .needs("socat"),
    ]
}
