//! Passwords, and terminals inside of terminals: sudo, ssh, expect and script.

use super::super::row::Row;

/// Starts an ssh server of the plain user, and gives its client a key.
const SSHD: &str = "mkdir -m 700 -p server .ssh
ssh-keygen -q -t ed25519 -N '' -f server/host
ssh-keygen -q -t ed25519 -N '' -f server/key
cp server/key.pub server/authorized
cat >server/config <<END
HostKey $PWD/server/host
AuthorizedKeysFile $PWD/server/authorized
PidFile none
UsePAM no
StrictModes no
END
cat >ssh.config <<END
Host loop
    ProxyCommand /usr/sbin/sshd -i -f $PWD/server/config
    IdentityFile $PWD/server/key
    UserKnownHostsFile $PWD/server/known
    StrictHostKeyChecking accept-new
    LogLevel ERROR
END
ssh-keygen -q -t ed25519 -N secret -f server/locked
cat server/locked.pub >>server/authorized
";

fn ssh(name: &'static str, command: &str) -> Row {
    Row::new(name, command)
        .needs("sshd")
        .needs("ssh")
        .setup(SSHD)
        .ignore_file("server/")
        .ignore_file("ssh.config")
}

pub(in super::super) fn rows() -> Vec<Row> {
    vec![
        Row::new(
            "read -s",
            "{pp}bash -c 'read -s -p \"password: \" word; echo; echo \"${#word} characters\"'",
        )
            .wait("password:")
            .line("secret")
            .wait("6 characters"),
        Row::new(
            "script records a terminal",
            "{pp}script -q -c 'echo inside; tty | wc -l; exit 3' -e typescript; echo $?",
        )
            .ignore_file("typescript"),
        Row::new(
            "script with a shell in it",
            "{pp}script -q -c \"PS1='> ' bash --norc\" typescript",
        )
            .wait(">")
            .line("echo inside")
            .wait("\ninside\n>")
            .line("exit")
            .ignore_file("typescript"),
        Row::new(
            "pp inside of script",
            "script -q -c '{pp}sh -c \"test -t 0 && test -t 1 && echo terminal; stty size\"' /dev/null",
        ),
        Row::new("expect drives a program under pp", "expect -f steps")
            .needs("expect")
            .file("asks", "read -p 'name? ' name; echo \"hello $name\"; exit 3\n")
            .file(
                "steps",
                "spawn {pp}bash asks\nexpect \"name?\"\nsend \"world\\r\"\nexpect \"hello world\"\nexpect eof\nputs \"code [lindex [wait] 3]\"\n",
            )
            .mask("(?m)^spawn .*$", "spawn"),
        Row::new("expect under pp", "{pp}expect -f steps")
            .needs("expect")
            .file(
                "steps",
                "spawn bash -c {read -p \"name? \" name; echo \"hello $name\"}\nexpect \"name?\"\nsend \"world\\r\"\nexpect \"hello world\"\nexpect eof\nwait\n",
            ),
        Row::new("expect drives Python under pp", "expect -f steps")
            .needs("expect")
            .file(
                "steps",
                "log_user 0\nspawn {pp}python3 -q\nexpect \">>> \"\nsend \"6*7\\r\"\nexpect \"42\"\nexpect \">>> \"\nsleep 0.3\nsend \"\\003\"\nexpect \"KeyboardInterrupt\"\nexpect \">>> \"\nsend \"\\004\"\nexpect eof\nputs \"code [lindex [wait] 3]\"\n",
            ),
        Row::new("sudo asks for a password", "{pp}sudo -p 'password: ' id -un")
            .needs("sudo")
            .needs("a password")
            .wait("password:")
            .line("secret")
            .wait("root"),
        Row::new("sudo refuses a wrong password", "{pp}sudo -p 'password: ' true")
            .needs("sudo")
            .needs("a password")
            .wait("password:")
            .line("wrong")
            .limit(30)
            .wait("try again")
            .key("C-c")
            .answer("y"),
        Row::new("sudo in a pipeline", "echo data | {pp}sudo -p 'password: ' cat | cat")
            .needs("sudo")
            .needs("a password")
            .wait("password:")
            .line("secret")
            .wait("data"),
        Row::new("sudo -S reads the password from a pipe", "echo secret | {pp}sudo -S -p '' id -un")
            .needs("sudo")
            .needs("a password"),
        ssh("ssh runs a command", "{pp}ssh -F ssh.config loop 'echo there; exit 5'"),
        ssh(
            "ssh passes input and output on",
            "seq 1000 | {pp}ssh -F ssh.config loop 'sort -r | head -n 3' | cat",
        ),
        ssh(
            "ssh in a while loop reads the rest of the input",
            "while read x; do {pp}ssh -F ssh.config loop \"echo <$x>\" 2>/dev/null; done <names",
        )
            .file("names", "one\ntwo\nthree\n"),
        ssh(
            "ssh asks for the passphrase of a key",
            "{pp}ssh -F ssh.config -o IdentitiesOnly=yes -i server/locked loop 'echo there'",
        )
            .setup(&SSHD.replace("    IdentityFile $PWD/server/key\n", ""))
            .wait("passphrase")
            .line("secret")
            .wait("there")
            .mask(r"/tmp/pp-\w+", "/tmp"),
        ssh(
            "ssh asks for a passphrase, data in a pipe",
            "echo data | {pp}ssh -F ssh.config -o IdentitiesOnly=yes -i server/locked loop cat | cat",
        )
            .setup(&SSHD.replace("    IdentityFile $PWD/server/key\n", ""))
            .wait("passphrase")
            .line("secret")
            .wait("data")
            .mask(r"/tmp/pp-\w+", "/tmp"),
        ssh(
            "ssh-keygen asks for a passphrase",
            "{pp}ssh-keygen -y -f server/locked >/dev/null && echo unlocked",
        )
            .wait("passphrase")
            .line("secret")
            .wait("unlocked"),
    ]
}
