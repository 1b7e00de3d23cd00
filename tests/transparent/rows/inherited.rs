//! What a child inherits from its parent: directory, environment, limits, priorities, signals.

use super::super::row::Row;

const REPLACED: &str = "A daemon that was started with fewer rights than the next command has is replaced, and one line says so.";

pub(in super::super) fn rows() -> Vec<Row> {
    vec![
        Row::new(
            "umask",
            "umask 027; {pp}sh -c 'umask; touch made'; stat -c %a made; umask 777; {pp}sh -c umask",
        ),
        Row::new("niceness before pp", "nice -n 7 {pp}nice; nice -n 7 {pp}nice -n 3 nice"),
        Row::new("niceness under pp", "{pp}nice -n 5 nice; {pp}nice"),
        Row::new("I/O priority", "ionice -c 3 {pp}ionice; ionice -c 2 -n 7 {pp}ionice; {pp}ionice"),
        Row::new(
            "CPU affinity",
            "taskset -c 0 {pp}taskset -p $$ | sed 's/.*: //'; taskset -c 0 {pp}grep Cpus_allowed_list /proc/self/status; {pp}grep Cpus_allowed: /proc/self/status",
        ),
        Row::new(
            "soft limits",
            "ulimit -Sn 333; ulimit -Ss 4096; ulimit -Su 3000; {pp}bash -c 'ulimit -Sn; ulimit -Ss; ulimit -Su'",
        ),
        Row::new("hard limits", "ulimit -Hn 444; {pp}bash -c 'ulimit -Sn; ulimit -Hn'"),
        Row::new("all limits", "{pp}cat /proc/self/limits"),
        Row::new(
            "all limits, lowered",
            "ulimit -n 500; ulimit -c 0; ulimit -f 100000; ulimit -v 8000000; ulimit -l 32; {pp}cat /proc/self/limits",
        ),
        Row::new(
            "the limit of a file's size",
            "ulimit -f 1; {pp}sh -c 'head -c 100000 /dev/zero >big; echo code $?'; ls -s big",
        ),
        Row::new(
            "a soft limit that was raised",
            "ulimit -Sc 0; {pp}bash -c 'ulimit -Sc; ulimit -Sc $(ulimit -Hc); ulimit -Sc'",
        ),
        Row::new(
            "signals at their defaults",
            "{pp}grep ^Sig[BIC] /proc/self/status; {pp}grep ^Shd /proc/self/status",
        ),
        Row::new(
            "ignored signals",
            "bash -c 'trap \"\" QUIT USR1 PIPE TSTP; {pp}grep ^Sig[BI] /proc/self/status'",
        ),
        Row::new(
            "ignored SIGINT and SIGHUP",
            "bash -c 'trap \"\" INT HUP TERM; {pp}grep ^Sig[BI] /proc/self/status'",
        ),
        Row::new(
            "ignored signals in a pipeline",
            "echo | bash -c 'trap \"\" QUIT USR2 PIPE CHLD; {pp}grep ^Sig[BI] /proc/self/status' | cat",
        ),
        Row::new(
            "blocked signals",
            "python3 -c \"import signal, os; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGWINCH, signal.SIGTERM]); os.execvp('sh', ['sh', '-c', '{pp}grep ^Sig[BI] /proc/self/status'])\"",
        ),
        Row::new(
            "SIGPIPE ignored by Python's parent",
            "python3 -c \"import os; os.system('{pp}grep ^SigIgn /proc/self/status')\"",
        ),
        Row::new(
            "the daemon's first caller leaves nothing behind",
            "bash -c 'trap \"\" QUIT USR1; ulimit -n 333; umask 077; nice -n 7 {pp}true'; {pp}grep ^SigIgn /proc/self/status 2>err; {pp}nice 2>err; {pp}bash -c 'ulimit -n; umask' 2>err",
        )
            .own_daemon(),
        Row::new("a first caller with a lower priority", "nice -n 7 {pp}true; {pp}nice")
            .own_daemon()
            .differs(REPLACED),
        Row::new(
            "the first caller is a background job",
            "bash -c '{pp}true & wait'; {pp}grep ^SigIgn /proc/self/status",
        )
            .own_daemon(),
        Row::new("the environment", "{pp}env | grep -v -e ^_= -e ^PERSISTPROC | sort"),
        Row::new("the environment's variable _", "{pp}env | grep ^_="),
        Row::new(
            "the order of the environment",
            "env -i B=2 A=1 C=3 PATH=\"$PATH\" HOME=\"$HOME\" $(env | grep ^PERSISTPROC) {pp}env | grep -v ^PERSISTPROC",
        ),
        Row::new("an empty environment under pp", "{pp}env -i env"),
        Row::new("variables of one command", "FOO=1 BAR='a b' {pp}sh -c 'echo $FOO $BAR'"),
        Row::new("a variable that is not UTF-8", "X=$'a\\xff' {pp}env | grep -a ^X= | od -c"),
        Row::new("a variable of several lines", "X=$'one\\ntwo' {pp}sh -c 'echo \"$X\"'"),
        Row::new("a variable that occurs twice", "python3 twice.py")
            .file("twice.py", "import ctypes, os
libc = ctypes.CDLL(None)
words = '{pp}grep -z -a -e TWICE -e NOVALUE /proc/self/environ'
words = [word.encode() for word in words.split()]
names = [name.encode() + b'=' + value.encode() for name, value in os.environ.items()]
argv = (ctypes.c_char_p * (len(words) + 1))(*words, None)
envp = (ctypes.c_char_p * (len(names) + 4))(b'TWICE=1', *names, b'TWICE=2', b'NOVALUE', None)
if os.fork() == 0:
    libc.execvpe(words[0], argv, envp)
os.wait()
"),
        Row::new(
            "exported functions",
            "greet() { echo \"hello $1\"; }; export -f greet; {pp}bash -c 'greet world'",
        ),
        Row::new(
            "PYTHONUNBUFFERED is not set for a person",
            "{pp}env | grep -c ^PYTHONUNBUFFERED; {pp}sh -c 'echo \"<$PYTHONUNBUFFERED>\"' | cat",
        ),
        Row::new("the time zone", "TZ=Asia/Tokyo {pp}date +%Z; {pp}date +%Z"),
        Row::new("the working directory", "mkdir -p a/b; cd a/b; {pp}pwd | sed 's,.*/rows/../,,'"),
        Row::new(
            "a working directory behind a link",
            "mkdir real; ln -s real link; cd link; {pp}sh -c 'pwd; pwd -P; echo $PWD' | sed 's,.*/,,'",
        )
            .ignore_file("link"),
        Row::new(
            "a deleted working directory",
            "mkdir gone; cd gone; rmdir ../gone; {pp}sh -c 'ls; echo code $?; readlink /proc/self/cwd | sed \"s,.*/,,\"'; cd ..",
        ),
        Row::new(
            "a working directory that cannot be read",
            "mkdir locked; cd locked; chmod 111 .; {pp}sh -c 'ls; echo code $?'; chmod 755 ../locked; cd ..",
        ),
        Row::new(
            "a working directory with a strange name",
            "mkdir $'a b\\xff\\n'; cd $'a b\\xff\\n'; {pp}sh -c 'touch here; ls'; cd ..",
        ),
        Row::new(
            "the program's own name",
            "{pp}sh -c 'echo $0'; {pp}bash -c 'tr \"\\0\" \" \" </proc/self/cmdline'",
        ),
        Row::new(
            "an argv[0] by exec -a",
            "{pp}bash -c 'exec -a other cat /proc/self/cmdline' | tr '\\0' ' '",
        ),
        Row::new(
            "the OOM score",
            "echo 500 >/proc/self/oom_score_adj; {pp}cat /proc/self/oom_score_adj",
        ),
        Row::new(
            "the execution domain",
            "setarch -R {pp}cat /proc/self/personality; {pp}cat /proc/self/personality",
        ),
        Row::new("the timer slack", "{pp}cat /proc/self/timerslack_ns"),
        Row::new(
            "the scheduling policy",
            "chrt -b 0 {pp}chrt -p 0 | sed 's/^pid [0-9]*/pid/'; chrt -b 0 {pp}sh -c 'chrt -p $$' | sed 's/^pid [0-9]*/pid/'",
        ),
        Row::new(
            "no new privileges",
            "setpriv --no-new-privs {pp}grep NoNewPrivs /proc/self/status 2>err; {pp}grep NoNewPrivs /proc/self/status 2>err",
        )
            .own_daemon(),
        Row::new("a sandboxed first caller", "setpriv --no-new-privs {pp}true; {pp}true")
            .own_daemon()
            .differs(REPLACED),
        Row::new(
            "users, groups, capabilities, seccomp",
            "{pp}grep -E '^(Uid|Gid|Groups|Cap|Seccomp|NoNew|Speculation|THP|CoreDumping|Umask)' /proc/self/status",
        ),
        Row::new(
            "control groups and namespaces",
            "{pp}cat /proc/self/cgroup; {pp}readlink /proc/self/ns/*",
        ),
        Row::new("mounts seen by the program", "{pp}md5sum /proc/self/mountinfo"),
        Row::new(
            "process group and foreground group",
            "{pp}sh -c 'set -- $(ps -o pid=,pgid=,tpgid= -p $$); [ $1 = $2 ] && echo leader; [ $2 = $3 ] && echo foreground'",
        ),
        Row::new(
            "the session",
            "{pp}sh -c 'set -- $(ps -o pid=,sid= -p $$); [ $1 = $2 ] && echo leads a session || echo in a session'",
        ),
        Row::new("the parent", "{pp}sh -c 'ps -o comm= -p $PPID'")
            .differs("The parent of the program is not your shell."),
        Row::new("the state in a terminal", "{pp}sh -c '/bin/ps -o stat=,tty= -p $$'"),
        Row::new(
            "a person's variables that look like an agent's",
            "CLAUDECODE=1 {pp}sh -c 'echo $CLAUDECODE'",
        ),
    ]
}
