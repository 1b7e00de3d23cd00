//! Interpreters and databases with a prompt: lines, errors, Ctrl+C and the end.

use super::super::row::Row;

pub(in super::super) fn rows() -> Vec<Row> {
    vec![
        Row::new("Python's prompt: an error, a loop, the end", "{pp}python3 -q")
            .wait(">>>")
            .line("1/0")
            .wait("ZeroDivisionError")
            .line("for n in range(3): print(n)")
            .wait("...")
            .line("")
            .wait("2\n>>>")
            .line("import sys; print('out'); print('err', file=sys.stderr)")
            .wait("err\n>>>")
            .shot()
            .line("exit(3)"),
        Row::new("Python's prompt: Ctrl+C and Ctrl+D", "{pp}python3 -q")
            .wait(">>>")
            .text("unfinished")
            .wait(">>> unfinished")
            .key("C-c")
            .wait("KeyboardInterrupt")
            .line("import time; print('sl' + 'eeps'); time.sleep(100)")
            .wait("\nsleeps")
            .key("C-c")
            .wait("line 1")
            .line("print(6 * 7)")
            .wait("42\n>>>")
            .shot()
            .key("C-d"),
        Row::new(
            "Python's input()",
            "{pp}python3 -c 'name = input(\"name? \"); print(f\"hello {name}\")'",
        )
            .wait("name?")
            .line("world"),
        Row::new(
            "Python's getpass",
            "{pp}python3 -c 'import getpass; print(len(getpass.getpass()))'",
        )
            .wait("Password:")
            .line("abcdef")
            .wait("6"),
        Row::new(
            "Python's getpass with redirected streams",
            "echo data | {pp}python3 -c 'import getpass, sys; print(len(getpass.getpass()), sys.stdin.read())' | cat",
        )
            .wait("Password:")
            .line("abcdef")
            .wait("6"),
        Row::new("Node's prompt", "{pp}node")
            .needs("node")
            .wait(">")
            .line("1 + 1")
            .wait("\n2\n")
            .line("nosuch")
            .wait("ReferenceError")
            .line("[1, 2].map(\nn => n * 2)")
            .wait("[ 2, 4 ]")
            .line(".exit")
            .mask("(?m)^Welcome to Node.*$", "Welcome"),
        Row::new("Node's prompt: Ctrl+C twice", "{pp}node")
            .needs("node")
            .wait(">")
            .text("unfinished")
            .wait("> unfinished")
            .key("C-c")
            .wait("\n>")
            .key("C-c")
            .wait("To exit")
            .key("C-c")
            .mask("(?m)^Welcome to Node.*$", "Welcome"),
        Row::new("Node's readline question", "{pp}node ask.js")
            .needs("node")
            .file(
                "ask.js",
                "const rl = require('readline').createInterface({ input: process.stdin, output: process.stdout }); rl.question('name? ', (name) => { console.log('hello', name); rl.close() })\n",
            )
            .wait("name?")
            .line("world"),
        Row::new("sqlite3's prompt", "{pp}sqlite3 base.db")
            .needs("sqlite3")
            .wait("sqlite>")
            .line("create table t (a, b);")
            .wait("b);\nsqlite>")
            .line("insert into t values (1, 'x'), (2, 'y');")
            .wait("'y');\nsqlite>")
            .line("select * from t;")
            .wait("2|y")
            .line("select nosuch;")
            .wait("here\nsqlite>")
            .line(".quit")
            .ignore_file("base.db")
            .mask("(?m)^SQLite version.*$", "version"),
        Row::new(
            "sqlite3 reads a script",
            "{pp}sqlite3 base.db <script; {pp}sqlite3 base.db 'select sum(a) from t' | cat",
        )
            .needs("sqlite3")
            .file(
                "script",
                "create table t (a); insert into t values (1), (2);\nselect count(*) from t;\n",
            )
            .ignore_file("base.db"),
        Row::new("psql's prompt", "{pp}psql -X -h \"$PWD/db\" -d postgres")
            .needs("psql")
            .needs("initdb")
            .setup("mkdir db; (initdb -D db/data -A trust && exec postgres -D db/data -k \"$PWD/db\" -c listen_addresses=) >db/log 2>&1 & for n in $(seq 100); do psql -h \"$PWD/db\" -d postgres -c 'select 1' >/dev/null 2>&1 && exit 0; sleep 0.1; done; cat db/log; exit 1")
            .wait("postgres=#")
            .line("select 6 * 7 as answer;")
            .wait("(1 row)")
            .line("select nosuch;")
            .wait("LINE 1")
            .line("\\q")
            .prompt()
            .outside("pg_ctl -D db/data -m immediate -s stop")
            .ignore_file("db/"),
        Row::new("bc", "{pp}bc -q").needs("bc").line("6 * 7").wait("\n42").line("quit"),
        Row::new("bc in a pipe", "echo '2^100' | {pp}bc").needs("bc"),
        Row::new("ed", "{pp}ed -s text")
            .needs("ed")
            .file("text", "one\ntwo\n")
            .line(",p")
            .wait("two")
            .line("1s/one/ONE/p")
            .wait("\nONE")
            .line("w")
            .line("q"),
        Row::new("tclsh", "{pp}tclsh")
            .needs("tclsh")
            .wait("%")
            .line("expr 6 * 7")
            .wait("\n42\n%")
            .line("exit 2"),
        Row::new("perl's debugger", "{pp}perl -d script")
            .needs("perl")
            .file("script", "my $x = 1;\n$x += 1;\nprint \"$x\\n\";\n")
            .wait("DB<1>")
            .line("n")
            .wait("$x += 1")
            .line("p $x")
            .wait("\n1\n")
            .line("q")
            .mask("(?m)^Loading DB.*$", "DB"),
        Row::new("gdb", "{pp}gdb -q -nx /bin/true")
            .needs("gdb")
            .wait("(gdb)")
            .line("print 6 * 7")
            .wait("$1 = 42")
            .key("C-c")
            .wait("Quit")
            .line("quit"),
    ]
}
