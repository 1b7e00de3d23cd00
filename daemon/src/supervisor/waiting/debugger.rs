//! [`DebuggerPorts`]: ports of debuggers. A program that listens on one is not ready by that: debuggers listen before
//! the program begins.

use crate::platform::tree;

/// The ports on which a process waits for a debugger, as its command line says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DebuggerPorts {
    known: Vec<u16>,
    /// The debugger takes any free port, which the process prints.
    is_any: bool,
}

/// Node's default.
const INSPECTOR_PORT: u16 = 9229;

impl DebuggerPorts {
    /// What the command line and the environment of a process say.
    pub(crate) fn of_process(pid: u32) -> Self {
        let mut words = tree::words_of(pid);
        let options = tree::variable_of(pid, "NODE_OPTIONS").unwrap_or_default();
        words.extend(options.split_ascii_whitespace().map(str::to_owned));
        Self::of_command(&words)
    }

    /// What these words of a command line say.
    fn of_command(words: &[String]) -> Self {
        let mut ports = Self::default();
        let mut default = INSPECTOR_PORT;
        let mut has_inspector = false;
        let is_debugpy = words.iter().any(|word| word.ends_with("debugpy"));
        let is_delve = words.first().is_some_and(|word| word.rsplit('/').next() == Some("dlv"));
        for (index, word) in words.iter().enumerate() {
            let (flag, value) =
                word.split_once('=').map_or((&word[..], None), |(flag, value)| (flag, Some(value)));
            match flag {
                "--inspect" | "--inspect-brk" | "--inspect-wait" => match value.map(port_of) {
                    Some(Some(port)) => ports.add(port),
                    Some(None) | None => has_inspector = true,
                },
                "--inspect-port" | "--debug-port" => {
                    default = value.and_then(port_of).unwrap_or(default);
                }
                "--listen" | "-l" if is_debugpy || is_delve => {
                    let value = value.or(words.get(index + 1).map(String::as_str));
                    value.and_then(port_of).into_iter().for_each(|port| ports.add(port));
                }
                "-agentlib:jdwp" | "-Xrunjdwp:transport" => {
                    let address = word.split(',').find_map(|part| part.strip_prefix("address="));
                    address.and_then(port_of).into_iter().for_each(|port| ports.add(port));
                }
                _ => {}
            }
        }
        if has_inspector {
            ports.add(default);
        }
        ports
    }

    /// 0 is any port.
    fn add(&mut self, port: u16) {
        if port == 0 {
            self.is_any = true;
        } else {
            self.known.push(port);
        }
    }

    /// Whether a port is, or may be, that of the debugger. `printed`: the ports of debuggers that the
    /// output names.
    pub(crate) fn may_be(&self, port: u16, printed: &[u16]) -> bool {
        self.known.contains(&port) || printed.contains(&port) || self.is_any && printed.is_empty()
    }
}

/// The port of `port`, `host:port` or `*:port`.
fn port_of(address: &str) -> Option<u16> {
    address.rsplit(':').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> DebuggerPorts {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        DebuggerPorts::of_command(&words)
    }

    #[test]
    fn command_lines_name_the_ports_of_debuggers() {
        for (line, port) in [
            ("node --inspect app.js", 9229),
            ("node --inspect-brk=0.0.0.0:9300 app.js", 9300),
            ("node --inspect=9301 app.js", 9301),
            ("node --inspect --inspect-port=9400 app.js", 9400),
            ("java -agentlib:jdwp=transport=dt_socket,server=y,address=*:5005 -jar a.jar", 5005),
            ("python -m debugpy --listen 5678 app.py", 5678),
            ("dlv debug --listen=:2345 --headless", 2345),
        ] {
            assert!(of(line).may_be(port, &[]), "{line}");
            assert!(!of(line).may_be(3000, &[]), "{line}");
        }
        for line in ["node app.js", "gunicorn --listen 8000 app", "node app.js --port 9229"] {
            assert_eq!(of(line), DebuggerPorts::default(), "{line}");
        }
    }

    #[test]
    fn a_debugger_with_any_port_prints_it() {
        let ports = of("node --inspect=0 app.js");
        assert!(ports.may_be(3000, &[]));
        assert!(!ports.may_be(3000, &[41000]));
        assert!(ports.may_be(41000, &[41000]));
    }
}
