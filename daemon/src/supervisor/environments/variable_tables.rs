//! Which variables go from one environment to another: those of the user's session, from the daemon to
//! the login shell, and those that choose tools, from a person's run to another process of the project.

/// Variables that a login shell does not make itself: the user and the session on this machine.
const SESSION: &[&str] = &[
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "LC_*",
    "TZ",
    "TMPDIR",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_*",
    "DBUS_SESSION_BUS_ADDRESS",
    "SSH_AUTH_SOCK",
    "WSL_DISTRO_NAME",
    "WSL_INTEROP",
    "PERSISTPROC_*",
];

/// Variables that choose the tools of a project, or the language of their messages. None holds a
/// secret or a setting of one program.
const TOOLS: &[&str] = &[
    "PATH",
    "LANG",
    "LANGUAGE",
    "LC_*",
    "TZ",
    "VIRTUAL_ENV",
    "VIRTUAL_ENV_PROMPT",
    "PYENV_*",
    "CONDA_*",
    "MAMBA_*",
    "UV_PYTHON",
    "NVM_*",
    "FNM_*",
    "VOLTA_HOME",
    "N_PREFIX",
    "PNPM_HOME",
    "BUN_INSTALL",
    "DENO_INSTALL",
    "ASDF_*",
    "MISE_*",
    "RBENV_*",
    "GEM_HOME",
    "GEM_PATH",
    "JAVA_HOME",
    "SDKMAN_*",
    "GRADLE_HOME",
    "MAVEN_HOME",
    "GOROOT",
    "GOPATH",
    "CARGO_HOME",
    "RUSTUP_*",
    "DOTNET_ROOT",
    "ANDROID_HOME",
    "ANDROID_SDK_ROOT",
    "LD_LIBRARY_PATH",
    "NIX_*",
    "IN_NIX_SHELL",
];

/// Whether a variable belongs to the user's session.
pub(crate) fn is_of_session(name: &str) -> bool {
    is_listed(SESSION, name)
}

/// Whether a variable chooses tools.
pub(crate) fn is_of_tools(name: &str) -> bool {
    is_listed(TOOLS, name)
}

fn is_listed(table: &[&str], name: &str) -> bool {
    table.iter().any(|listed| match listed.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => *listed == name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_settings_of_one_program_are_in_neither_table() {
        for name in ["PATH", "VIRTUAL_ENV", "CONDA_PREFIX", "NVM_BIN", "JAVA_HOME", "LC_ALL"] {
            assert!(is_of_tools(name), "{name}");
        }
        for name in ["HOME", "SHELL", "XDG_RUNTIME_DIR", "SSH_AUTH_SOCK"] {
            assert!(is_of_session(name) && !is_of_tools(name), "{name}");
        }
        for name in ["AWS_PROFILE", "DATABASE_URL", "PORT", "NODE_ENV", "NODE_OPTIONS", "PATHS"] {
            assert!(!is_of_tools(name) && !is_of_session(name), "{name}");
        }
    }
}
