//! Checks of the installation: programs on the PATH, directories, daemon, shells and agents. They
//! change nothing. Each check gathers facts in one function and judges them in another, pure one.

mod agents;
mod daemon;
mod directories;
mod finding;
mod names;
mod settings;
mod shells;
pub(crate) mod text;

use persistproc_api::client::Client;
use persistproc_api::data_dirs::DataDirs;

use self::agents::InstalledAgents;
pub(crate) use self::finding::Finding;
use self::settings::NextDaemon;
use self::shells::Shells;
use crate::agents::Endpoint;
use crate::settings::Settings;

/// The installation to check, and the means to query it.
pub(crate) struct Installation<'a> {
    pub(crate) dirs: &'a DataDirs,
    /// A client that does not start a daemon.
    pub(crate) client: Client,
    pub(crate) port: u16,
    /// What variables and the configuration file set.
    pub(crate) settings: Settings,
    /// Where connected agents should find persistproc.
    pub(crate) endpoint: Endpoint,
    /// Describes the process that holds a TCP port.
    pub(crate) port_holder: fn(u16) -> Option<String>,
    /// The PID of the daemon that holds a data directory.
    pub(crate) lock_holder: fn(&DataDirs) -> Option<u32>,
}

/// Runs all checks, prerequisites first.
pub(crate) fn check(installation: Installation) -> Vec<Finding> {
    let Installation { dirs, client, port, settings, endpoint, port_holder, lock_holder } =
        installation;
    let mut findings = names::check();
    findings.extend(directories::check(dirs));
    findings.extend(settings::check(&settings));
    let next = NextDaemon::new(dirs, &settings);
    findings.extend(daemon::check(client, port, &next, port_holder, lock_holder));
    let shells = Shells::find();
    let agents = InstalledAgents::find(&endpoint);
    findings.extend(shells::check(&shells));
    findings.extend(agents::check(&agents, &endpoint));
    findings.extend(agents.ok().and_then(|agents| setup(&shells, &agents)));
    findings
}

/// The command that connects all at once, if there is something to connect and nothing is connected.
fn setup(shells: &Shells, agents: &InstalledAgents) -> Option<Finding> {
    let is_connected = shells.is_any_connected() || agents.is_any_connected();
    let is_installed = shells.is_any_installed() || !agents.is_empty();
    (is_installed && !is_connected).then(|| {
        Finding::ok("setup", "Neither a shell nor an agent is connected.")
            .with_advice("Run `persistproc setup` to connect those that you use.")
    })
}
