//! Descriptors three and up, the controlling terminal, locks and channels that a program inherits.

use super::super::row::Row;

pub(in super::super) fn rows() -> Vec<Row> {
    vec![
        Row::new("process substitution as input", "{pp}cat <(echo one) <(echo two)"),
        Row::new(
            "process substitution as output",
            "{pp}sh -c 'seq 3 | tee \"$1\"' sh >(sort -r >sorted); sleep 0.2; cat sorted",
        ),
        Row::new("diff of two process substitutions", "{pp}diff <(seq 3) <(seq 2 4)"),
        Row::new("a program under pp inside a process substitution", "cat <({pp}seq 3)"),
        Row::new("descriptor 3 from a file", "exec 3<names; {pp}sh -c 'cat <&3'; exec 3<&-")
            .file("names", "a\nb\n"),
        Row::new("descriptor 3 to a file", "{pp}sh -c 'echo x >&3; echo y' 3>out"),
        Row::new(
            "descriptor 9 to a file, shared by two programs",
            "exec 9>out; {pp}sh -c 'echo one >&9'; {pp}sh -c 'echo two >&9'; exec 9>&-; cat out",
        ),
        Row::new("descriptor 3 is the terminal", "{pp}sh -c 'test -t 3 && echo terminal >&3' 3>&1"),
        Row::new(
            "descriptor 3 is a saved output",
            "{ {pp}sh -c 'echo hidden; echo shown >&3' >out; } 3>&1",
        ),
        Row::new("descriptor 200", "exec 200>out; {pp}bash -c 'echo x >&200'; cat out"),
        Row::new(
            "a descriptor that only the shell has",
            "exec {own}<names; {pp}/bin/ls /proc/self/fd >fds; exec {own}<&-",
        )
            .file("names", "a\n"),
        Row::new("the open descriptors in a terminal", "{pp}/bin/ls /proc/self/fd"),
        Row::new("the open descriptors in a pipeline", "echo | {pp}/bin/ls /proc/self/fd | cat"),
        Row::new(
            "flock on an inherited descriptor",
            "exec 9>lock; {pp}flock -n 9 && (flock -n 9 || echo inherited); flock -n lock true || echo held; exec 9>&-",
        ),
        Row::new("flock on a file", "{pp}flock lock echo locked"),
        Row::script(
            "a coprocess",
            "coproc {pp}cat; echo question >&${COPROC[1]}; read answer <&${COPROC[0]}; exec {COPROC[1]}>&-; echo \"got $answer\"; wait",
        )
            .mask(r"(?m)^\[\d+\].*\n", ""),
        Row::new("make's jobserver", "make -j3")
            .needs("make")
            .file("Makefile", "all: a b c\na b c:\n\t@+{pp}$(MAKE) -s -f sub.mk NAME=$@\n")
            .file("sub.mk", "all:\n\t@echo $(NAME) >done.$(NAME)\n"),
        Row::new("make under pp with jobs", "{pp}make -s -j3")
            .needs("make")
            .file("Makefile", "all: a b c\na b c:\n\t@echo $@ >done.$@\n"),
        Row::new("make's jobserver as a named pipe", "make -j3 --jobserver-style=fifo 2>&1")
            .needs("make")
            .file("Makefile", "all: a b c\na b c:\n\t@+{pp}$(MAKE) -s -f sub.mk NAME=$@\n")
            .file("sub.mk", "all:\n\t@echo $(NAME) >done.$(NAME)\n"),
        Row::new("Node's IPC channel", "node parent.js")
            .needs("node")
            .file("parent.js", "const { spawn } = require('child_process')
const words = '{pp}node child.js'.split(' ')
const child = spawn(words[0], words.slice(1), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
child.on('message', (message) => { console.log('from the child:', message); child.send('end') })
child.on('exit', (code) => console.log('exit', code))
")
            .file(
                "child.js",
                "process.send('hello'); process.on('message', (message) => { console.log('from the parent:', message); process.exit(3) })\n",
            ),
        Row::new("Node's child with pipes", "node parent.js")
            .needs("node")
            .file("parent.js", "const { execSync, spawnSync } = require('child_process')
console.log(execSync('{pp}seq 3').toString())
console.log(spawnSync('sh', ['-c', '{pp}sort -r; echo err >&2; exit 4'], { input: 'a\\nb\\n' }))
")
            .mask(r"pid: \d+", "pid")
            .mask(r"(?m)^    <Buffer", "    <Buffer"),
        Row::new("Python's subprocess", "python3 parent.py")
            .file(
                "parent.py",
                "import subprocess
words = '{pp}sh -c'.split() + ['cat; echo err >&2; exit 4']
print(subprocess.run(words, input=b'in', capture_output=True).stdout)
print(subprocess.run(words, input=b'in', capture_output=True).returncode)
print(subprocess.run(words, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, stdout=subprocess.PIPE).stdout)
",
            ),
        Row::new("a socket as standard input and output", "python3 parent.py")
            .file(
                "parent.py",
                "import socket, subprocess
ours, theirs = socket.socketpair()
child = subprocess.Popen('{pp}sh -c'.split() + ['read line; echo \"got $line\"'], stdin=theirs, stdout=theirs)
theirs.close()
ours.sendall(b'hello\\n')
print(ours.recv(100), child.wait())
",
            ),
        Row::new("the group of a descriptor's flags is left alone", "python3 flags.py")
            .file("flags.py", "import fcntl, os, subprocess
read, write = os.pipe()
before = [fcntl.fcntl(fd, fcntl.F_GETFL) for fd in (0, 1, 2, read, write)]
os.write(write, b'x\\n'); os.close(write)
subprocess.run('{pp}cat'.split(), stdin=read)
print(before[:4] == [fcntl.fcntl(fd, fcntl.F_GETFL) for fd in (0, 1, 2, read)])
"),
        Row::new(
            "a program that starts another under pp",
            "{pp}sh -c '{pp}sh -c \"{pp}echo innermost; exit 3\"; echo code $?'",
        ),
        Row::new("a script that runs six programs under pp", "{pp}bash six")
            .file("six", "for n in 1 2 3 4 5 6; do {pp}echo $n; done\n"),
        Row::new("the terminal's name", "{pp}tty; {pp}sh -c 'tty </dev/tty; ps -o tty= -p $$'"),
    ]
}
