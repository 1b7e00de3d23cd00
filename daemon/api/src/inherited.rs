//! [`Inherited`]: the attributes that a child has from its parent because it was forked, and that
//! travel in a start request instead: priorities, affinity, hard limits, signals, terminal settings.
//! The shim's child applies them between fork and exec.
//!
//! | module | contents |
//! |---|---|
//! | [`at_start`] | the signals and descriptors that this process was started with |
//! | `cpus`, `signal_set` | the sets in it |
//! | `own` | reads the attributes of this process |
//! | [`terminal_settings`] | the settings of a terminal |

pub mod at_start;
mod cpus;
mod own;
mod signal_set;
pub mod terminal_settings;

use serde::{Deserialize, Serialize};

pub use cpus::CpuList;
pub use signal_set::SignalSet;
pub use terminal_settings::TerminalSettings;

use crate::limits::HardLimits;

/// The attributes that a child inherits from its caller. An absent one is that of the daemon.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Inherited {
    /// The niceness, -20 to 19.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub niceness: Option<i32>,
    /// The I/O priority as a number of the kernel: the class times 8192, plus the level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub io_priority: Option<u16>,
    /// The scheduling policy, if it is not the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduling: Option<Scheduling>,
    /// The CPUs on which it may run, such as `0-3,8`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpus: Option<CpuList>,
    /// The adjustment of its score for the OOM killer, -1000 to 1000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oom_score_adjustment: Option<i16>,
    /// The execution domain, as `setarch` sets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub personality: Option<u32>,
    /// Whether it can never gain privileges, as by a set-user-ID program.
    #[serde(default, skip_serializing_if = "is_false")]
    pub no_new_privileges: bool,
    /// Hard limits, with the names and units of `limits`.
    #[serde(default, skip_serializing_if = "HardLimits::is_empty")]
    pub hard_limits: HardLimits,
    /// The numbers of the signals that it ignores; all others have their default actions.
    #[serde(default, skip_serializing_if = "SignalSet::is_empty")]
    pub ignored_signals: SignalSet,
    /// The numbers of the signals that are blocked.
    #[serde(default, skip_serializing_if = "SignalSet::is_empty")]
    pub blocked_signals: SignalSet,
    /// Which of the descriptors 0, 1 and 2 are closed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed_descriptors: Vec<u8>,
    /// The settings of its terminal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminal: Option<TerminalSettings>,
}

/// How the kernel schedules a process, as `chrt` sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Scheduling {
    /// The policy as a number of the kernel: 1 FIFO, 2 round robin, 3 batch, 5 idle.
    pub policy: i32,
    /// The priority among real-time processes; 0 for all others.
    #[serde(default)]
    pub priority: i32,
}

impl Inherited {
    /// Whether nothing is inherited from a caller.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The attributes that a service has from the client that starts it. Signals and descriptors
    /// are left out: they belong to one moment of the caller's shell.
    #[must_use]
    pub fn for_service(self) -> Self {
        Self {
            ignored_signals: SignalSet::default(),
            blocked_signals: SignalSet::default(),
            closed_descriptors: Vec::new(),
            terminal: None,
            ..self
        }
    }
}

fn is_false(value: &bool) -> bool {
    !value
}
