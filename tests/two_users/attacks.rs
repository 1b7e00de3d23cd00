//! The table of attacks: what is open to the stranger, what the stranger does with it, and what the owner
//! reads afterwards.

/// A way in.
pub(super) struct Attack {
    pub(super) name: &'static str,
    /// What the owner, or root for the owner, has done wrong, or what the stranger finds.
    pub(super) before: &'static str,
    /// What the stranger does. Prints `in` if that was enough.
    pub(super) attack: &'static str,
    /// What the owner does afterwards.
    pub(super) after: &'static str,
    /// A part of what the owner reads; empty: the owner's command works.
    pub(super) told: &'static str,
}

pub(super) const ATTACKS: &[Attack] = &[
    // Directories that the stranger can write to.
    row(
        "group-writable data directory: the record is replaced",
        "chmod 770 $DATA",
        "rm -rf $DATA/processes; plant $DATA/processes && echo planted >&2",
        "pp restart nap",
        "",
    ),
    row(
        "group-writable data directory: its folder of processes is moved away",
        "chmod 770 $DATA; kill -9 $(cat $RUN/persistproc/*/daemon.lock)",
        "mv $DATA/processes $DATA/moved && plant $DATA/processes",
        "pp restart nap",
        "another user owns it",
    ),
    row(
        "group-writable data directory: daemon.log is a link",
        "chmod 770 $DATA; kill -9 $(cat $RUN/persistproc/*/daemon.lock)",
        "mv $DATA/daemon.log $DATA/moved; ln -s $OPEN/victim $DATA/daemon.log",
        "pp list",
        "not a regular file",
    ),
    row(
        "group-writable data directory: daemon.log is the stranger's",
        "chmod 770 $DATA; kill -9 $(cat $RUN/persistproc/*/daemon.lock)",
        "mv $DATA/daemon.log $DATA/moved; echo > $DATA/daemon.log; chmod 666 $DATA/daemon.log",
        "pp list",
        "belongs to another user",
    ),
    row(
        "group-writable data directory: a known token",
        "chmod 770 $DATA; kill -9 $(cat $RUN/persistproc/*/daemon.lock)",
        "mv $DATA/token $DATA/moved; printf '%064d\n' 7 > $DATA/token; chmod 644 $DATA/token",
        "pp list; ! grep -q 0000000 $DATA/token",
        "",
    ),
    row(
        "group-writable data directory: the token is a named pipe",
        "chmod 770 $DATA; kill -9 $(cat $RUN/persistproc/*/daemon.lock)",
        "mv $DATA/token $DATA/moved; mkfifo $DATA/token",
        "pp list",
        "",
    ),
    row(
        "group-writable data directory: runtime-dir leads elsewhere",
        "chmod 770 $DATA; kill -9 $(cat $RUN/persistproc/*/daemon.lock)",
        "rm -f $DATA/runtime-dir; mkdir -p $OPEN/r; echo $OPEN/r > $DATA/runtime-dir; chmod 666 $DATA/runtime-dir",
        "pp list",
        "",
    ),
    row(
        "group-writable data directory: MCP sessions go to the stranger",
        "chmod 770 $DATA; kill -9 $(cat $RUN/persistproc/*/daemon.lock)",
        "mkdir $DATA/mcp-sessions && chmod 777 $DATA/mcp-sessions",
        "pp list",
        "",
    ),
    row(
        "group-writable data directory: runtime-dir is a named pipe",
        "chmod 770 $DATA; kill -9 $(cat $RUN/persistproc/*/daemon.lock)",
        "rm -f $DATA/runtime-dir; mkfifo -m 666 $DATA/runtime-dir",
        "PERSISTPROC_RUNTIME_DIR= timeout 20 pp --help > /dev/null && timeout 20 pp list",
        "",
    ),
    row(
        "data directory that all can write to",
        "kill -9 $(cat $RUN/persistproc/*/daemon.lock); chmod 777 $DATA",
        "mv $DATA/processes $DATA/moved && plant $DATA/processes",
        "pp restart nap",
        "all users can write to it",
    ),
    row(
        "directory above that all can write to",
        "kill -9 $(cat $RUN/persistproc/*/daemon.lock); chmod 777 $ABOVE",
        "mv $DATA $ABOVE/moved && mkdir $DATA && plant $DATA/processes",
        "pp restart nap",
        "all users can replace",
    ),
    row(
        "directory above with a shared group",
        "kill -9 $(cat $RUN/persistproc/*/daemon.lock); chmod 770 $ABOVE",
        "mv $DATA $ABOVE/moved && mkdir $DATA && plant $DATA/processes",
        "pp restart nap",
        "the users of its group can replace",
    ),
    row(
        "directory two above that all can write to",
        "kill -9 $(cat $RUN/persistproc/*/daemon.lock); mkdir -p $ABOVE/one/two; chmod 777 $ABOVE/one",
        "mv $ABOVE/one/two $ABOVE/one/moved; mkdir -p $ABOVE/one/two/data; plant $ABOVE/one/two/data/processes",
        "pp --data-dir $ABOVE/one/two/data restart nap",
        "can replace the files in",
    ),
    row(
        "data directory of the stranger",
        "true",
        "mkdir $OPEN/data; plant $OPEN/data/processes",
        "pp --data-dir $OPEN/data restart nap",
        "another user owns it",
    ),
    row(
        "data directory below one of the stranger",
        "true",
        "mkdir -p $OPEN/theirs; chmod 755 $OPEN/theirs; mkdir -m 777 $OPEN/theirs/data; plant $OPEN/theirs/data/processes",
        "pp --data-dir $OPEN/theirs/data restart nap",
        "another user can replace",
    ),
    row(
        "link to a data directory of the stranger",
        "true",
        "mkdir $OPEN/data; plant $OPEN/data/processes; ln -s $OPEN/data $OPEN/link",
        "pp --data-dir $OPEN/link restart nap",
        "another user owns it",
    ),
    row(
        "data directory that the stranger creates first",
        "true",
        "mkdir -m 777 $OPEN/new",
        "pp --data-dir $OPEN/new list",
        "another user owns it",
    ),
    // The runtime directory.
    row(
        "runtime directory that the stranger creates first",
        "mkdir -m 1777 $ABOVE/tmp",
        "mkdir -m 777 $ABOVE/tmp/persistproc",
        "PERSISTPROC_RUNTIME_DIR=$ABOVE/tmp pp --data-dir $ABOVE/d2 list",
        "cannot be used",
    ),
    row(
        "runtime directory that is a link",
        "mkdir -m 1777 $ABOVE/tmp",
        "ln -s $DATA $ABOVE/tmp/persistproc",
        "PERSISTPROC_RUNTIME_DIR=$ABOVE/tmp pp --data-dir $ABOVE/d2 list",
        "not a directory",
    ),
    row(
        "runtime directory below one that all can write to",
        "mkdir -m 777 $ABOVE/tmp",
        "true",
        "PERSISTPROC_RUNTIME_DIR=$ABOVE/tmp pp --data-dir $ABOVE/d2 list",
        "all users can replace",
    ),
    row(
        "runtime directory in use that becomes writable",
        "chmod 777 $RUN",
        "mv $RUN/persistproc $RUN/moved",
        "pp list",
        "all users can replace",
    ),
    // Sockets, locks and files.
    row(
        "the socket of the daemon",
        "chmod 755 $RUN $RUN/persistproc",
        "curl -sf --unix-socket $RUN/persistproc/*/daemon.sock http://localhost/v1/processes && echo in",
        "pp list",
        "",
    ),
    row(
        "the sockets of shims",
        "chmod 755 $RUN $RUN/persistproc",
        "for s in $(ls $RUN/persistproc/*/*.sock); do python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])' $s && echo in; done",
        "pp list",
        "",
    ),
    row(
        "deleting sockets",
        "chmod 755 $RUN $RUN/persistproc",
        "rm -f $RUN/persistproc/*/*.sock && [ -n \"$(ls $RUN/persistproc/* 2>/dev/null)\" ] && echo in",
        "pp list",
        "",
    ),
    row(
        "locking the daemon out",
        "kill -9 $(cat $RUN/persistproc/*/daemon.lock)",
        "flock -n $RUN/persistproc/*/daemon.lock echo in; flock -n $RUN/persistproc/*/starting.lock echo in",
        "pp list",
        "",
    ),
    row(
        "locking the data directory",
        "kill -9 $(cat $RUN/persistproc/*/daemon.lock); chmod 700 $DATA",
        "flock -n $DATA echo in",
        "pp list",
        "",
    ),
    row(
        "files created under umask 000",
        "pp shutdown --keep; umask 000; pp list",
        "find $DATA $RUN -type f -readable -print 2>/dev/null | grep -q . && echo in",
        "pp list",
        "",
    ),
    row("the token", "true", "cat $DATA/token && echo in", "pp list", ""),
    row(
        "the records",
        "chmod 755 $DATA",
        "cat $DATA/processes/*/process.json && echo in",
        "pp list",
        "",
    ),
    row(
        "the logs",
        "chmod 755 $DATA",
        "cat $DATA/processes/*/runs/1/combined.log && echo in",
        "pp list",
        "",
    ),
    row("the daemon's log", "chmod 755 $DATA", "cat $DATA/daemon.log && echo in", "pp list", ""),
    // The TCP port.
    row(
        "the API",
        "true",
        "curl -sf http://127.0.0.1:$PORT/v1/processes && echo in",
        "pp list",
        "",
    ),
    row(
        "the API with a guessed token",
        "true",
        "curl -sf -H 'Authorization: Bearer 0000' http://127.0.0.1:$PORT/v1/processes && echo in",
        "pp list",
        "",
    ),
    row(
        "a start over the API",
        "true",
        "curl -sf -H 'Content-Type: application/json' -d \"{\\\"command\\\": [\\\"touch\\\", \\\"$OPEN/owned\\\"], \\\"working_directory\\\": \\\"/\\\"}\" http://127.0.0.1:$PORT/v1/processes && echo in",
        "pp list",
        "",
    ),
    row(
        "a shutdown over the API",
        "true",
        "curl -sf -H 'Content-Type: application/json' -d '{}' http://127.0.0.1:$PORT/v1/shutdown && echo in",
        "pp list",
        "",
    ),
    row(
        "a tool of MCP",
        "true",
        "curl -sf -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' -d '{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"tools/list\"}' http://127.0.0.1:$PORT/mcp && echo in",
        "pp list",
        "",
    ),
    row(
        "the name of a process",
        "true",
        "curl -sf -H \"Host: nap.localhost:$PORT\" http://127.0.0.1:$PORT/ && echo in",
        "pp list",
        "",
    ),
    // The kernel.
    row(
        "signals",
        "true",
        "for p in $(pgrep -u 64321); do kill -9 $p 2>/dev/null && echo in; done",
        "pp list",
        "",
    ),
    row(
        "environments and memory",
        "true",
        "for p in $(pgrep -u 64321); do cat /proc/$p/environ && echo in; head -c 1 /proc/$p/mem && echo in; ls /proc/$p/fd && echo in; done",
        "pp list",
        "",
    ),
    row(
        "the terminal of a process",
        "pp start --tty --label tty cat",
        "for t in /dev/pts/*; do [ \"$(stat -c %u $t)\" = 64321 ] && { cat < $t & sleep 0.1; kill $! 2>/dev/null && echo in; echo x > $t && echo in; }; done",
        "pp stop tty",
        "",
    ),
    row(
        "a process that claims to belong to the run",
        "true",
        "PERSISTPROC_RUN=$DATA/processes/nap/runs/1 PERSISTPROC_ID=nap setsid sleep 30 > /dev/null 2>&1 & echo $! > $OPEN/claim",
        "pp restart nap; kill -0 $(cat $OPEN/claim) 2>&1 | grep -q 'not permitted'",
        "",
    ),
];

const fn row(
    name: &'static str,
    before: &'static str,
    attack: &'static str,
    after: &'static str,
    told: &'static str,
) -> Attack {
    Attack { name, before, attack, after, told }
}
