//! [`TerminalWatch`]: what the child does with its terminal: the modes that its output sets, whether
//! it reads keys or lines, and whether it did so earlier in this run.

use std::fs::File;
use std::io::Read;
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::time::{Duration, Instant};

use persistproc_api::shim::TerminalFacts;
use persistproc_api::terminal::{OutputScanner, TerminalModes, TerminalQuestion};
use rustix::process::Pid;
use rustix::termios::{LocalModes, OutputModes, SpecialCodeIndex, tcgetattr, tcgetpgrp};

/// How much of the log is read at a time.
const LOG_BUFFER_BYTES: usize = 64 << 10;

/// A program that stops within this time after Ctrl+Z has stopped itself because of the key.
const SUSPEND_KEY_TIME: Duration = Duration::from_secs(3);

/// The observed state of the child's terminal.
#[derive(Default)]
pub(super) struct TerminalWatch {
    scanner: OutputScanner,
    /// As last observed.
    facts: TerminalFacts,
    /// When Ctrl+Z was typed last.
    suspend_key: Option<Instant>,
}

impl TerminalWatch {
    /// Continues with the modes that the output before a take-over has set, according to this log.
    pub(super) fn resume(&mut self, log: &Path) {
        let mut buffer = vec![0; LOG_BUFFER_BYTES];
        // Without the log the modes are unknown, and the run goes on.
        let Ok(mut file) = File::open(log) else { return };
        while let Ok(count @ 1..) = file.read(&mut buffer) {
            self.scanner.scan(&buffer[..count], |_, _| {});
        }
        self.facts.owned_keys |= self.scanner.modes().alternate_screen();
    }

    /// Takes output of the terminal. Returns the questions in it.
    pub(super) fn scan(&mut self, bytes: &[u8]) -> Vec<TerminalQuestion> {
        let mut questions = Vec::new();
        self.scanner.scan(bytes, |_, question| questions.push(question));
        questions
    }

    /// The modes that the output has set.
    pub(super) fn modes(&self) -> &TerminalModes {
        self.scanner.modes()
    }

    /// Observes the terminal. Returns whether viewers should get the facts: whether keys are read in
    /// another way than before.
    pub(super) fn observe(&mut self, terminal: BorrowedFd<'_>, leader: Option<Pid>) -> bool {
        let before = self.facts;
        let Ok(settings) = tcgetattr(terminal) else { return false };
        let modes = settings.local_modes;
        let newlines = OutputModes::OPOST | OutputModes::ONLCR;
        self.facts.maps_newlines = settings.output_modes.contains(newlines);
        self.facts.canonical = modes.contains(LocalModes::ICANON);
        self.facts.signals = modes.contains(LocalModes::ISIG);
        self.facts.echo = modes.contains(LocalModes::ECHO);
        // Fails until the child has taken the terminal.
        let foreground = tcgetpgrp(terminal).ok();
        self.facts.leader_in_foreground = foreground.is_none() || foreground == leader;
        self.facts.alternate_screen = self.scanner.modes().alternate_screen();
        let facts = &mut self.facts;
        facts.owned_keys |= !facts.canonical
            || !facts.signals
            || !facts.leader_in_foreground
            || facts.alternate_screen;
        (before.canonical, before.signals, before.echo, before.maps_newlines)
            != (facts.canonical, facts.signals, facts.echo, facts.maps_newlines)
    }

    /// The facts as last observed.
    pub(super) fn facts(&self) -> TerminalFacts {
        self.facts
    }

    /// Notes keys on their way to the child.
    pub(super) fn note_keys(&mut self, terminal: BorrowedFd<'_>, keys: &[u8], now: Instant) {
        let Ok(settings) = tcgetattr(terminal) else { return };
        let suspend = settings.special_codes[SpecialCodeIndex::VSUSP];
        if suspend != 0 && keys.contains(&suspend) {
            self.suspend_key = Some(now);
        }
    }

    /// Whether a program that has stopped now did so because of Ctrl+Z.
    pub(super) fn was_suspended_by_key(&self, now: Instant) -> bool {
        self.suspend_key.is_some_and(|typed| now.duration_since(typed) < SUSPEND_KEY_TIME)
    }
}
