//! The dashboard over a real sshd.

use super::{ECHO, until_line};
use crate::support::{Tmux, World, tools};

/// Makes keys and settings of a server that ssh starts as its ProxyCommand: it needs no port.
const SERVER: &str = "
mkdir server && chmod 700 server
ssh-keygen -q -t ed25519 -N '' -f server/host
ssh-keygen -q -t ed25519 -N '' -f server/user
cat >server/config <<END
HostKey $PWD/server/host
AuthorizedKeysFile $PWD/server/user.pub
StrictModes no
UsePAM no
PidFile none
END
cat >server/client <<END
Host box
    ProxyCommand /usr/sbin/sshd -i -f $PWD/server/config
    IdentityFile $PWD/server/user
    StrictHostKeyChecking no
    UserKnownHostsFile /dev/null
    LogLevel ERROR
END
mkdir -p /run/sshd 2>/dev/null || true
";

#[test]
fn it_works_over_ssh() {
    tools::path_of("ssh");
    assert!(std::path::Path::new("/usr/sbin/sshd").exists(), "the tests need openssh-server");
    let world = World::new();
    let mut setup = world.command("sh");
    setup.args(["-c", SERVER]);
    world.run(setup).ok();
    world.write("echo", ECHO);
    world.pp(["start", "--tty", "--label", "echo", "sh", "echo"]).ok();
    // A login has none of our variables.
    let variables: Vec<String> =
        world.variables().map(|(name, value)| format!("export {name}='{value}'\n")).collect();
    world.write("remote", &format!("{}exec pp ui\n", variables.concat()));
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    let work = world.work();
    screen.start(&format!("ssh -t -F server/client box sh {}/remote", work.display()));
    until_line(&screen, &["echo", "running"]);
    screen.until("who?");
    screen.resize(80, 24);
    screen.press_key("i");
    screen.type_line("from afar");
    screen.until("hello from afar");
    screen.press_key("Enter");
    screen.until_gone("NAME");
    screen.type_line("attached");
    screen.until("hello attached");
    screen.press_keys(&["C-]", "C-]", "C-]"]);
    until_line(&screen, &["echo", "running"]);
    // Without a shell that does job control, Ctrl+Z is ignored.
    screen.press_key("C-z");
    screen.press_key("?");
    screen.until("Attach in this terminal");
    screen.press_keys(&["Escape", "q"]);
    assert_eq!(screen.exit(), 0);
}
