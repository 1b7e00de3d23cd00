//! [`RunAccess`]: which starts may join a run.

use persistproc_api::handover::{HandoverOffer, Job};
use persistproc_api::record::RunRecord;

/// Which starts of the same command may join a run instead of starting another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunAccess {
    /// No start may: the run has an input or descriptors of its own.
    private: bool,
    /// The job of the client that started the run. Another start of this job is meant to be a
    /// process of its own, as it is without persistproc.
    job: Option<Job>,
}

impl RunAccess {
    /// The access to a run.
    pub fn of_run(run: &RunRecord) -> Self {
        Self { private: run.private, job: run.job.clone() }
    }

    /// The access to the run of a start that hands this over.
    pub fn of_start(handover: Option<&HandoverOffer>) -> Self {
        handover.map_or_else(Self::default, |offer| Self {
            private: offer.private,
            job: offer.job.clone(),
        })
    }

    /// Whether a start that hands this over may join the run.
    pub fn admits(&self, handover: Option<&HandoverOffer>) -> bool {
        let is_same_job = || {
            let (Some(offer), Some(own)) = (handover, &self.job) else { return false };
            let Some(job) = &offer.job else { return false };
            // Two commands of one pipeline: `pp true | pp true`.
            job == own || (offer.private && job.is_in_group_of(own))
        };
        !self.private && !is_same_job()
    }

    /// Writes the access into the record of a run.
    pub fn write_to(self, run: &mut RunRecord) {
        run.private = self.private;
        run.job = self.job;
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn offer(private: bool, job: Option<Job>) -> HandoverOffer {
        HandoverOffer {
            socket: PathBuf::new(),
            nonce: String::new(),
            descriptors: Vec::new(),
            working_directory: false,
            private,
            job,
            lease: false,
        }
    }

    #[test]
    fn private_runs_and_runs_of_the_same_job_are_not_joined() {
        let plain = RunAccess::of_start(None);
        let private = RunAccess::of_start(Some(&offer(true, None)));
        let in_job = RunAccess::of_start(Some(&offer(false, Some(Job::new((1, 1), 5, 5)))));
        for other in
            [None, Some(offer(true, Some(Job::new((1, 1), 5, 5)))), Some(offer(false, None))]
        {
            assert!(plain.admits(other.as_ref()), "{other:?}");
            assert!(!private.admits(other.as_ref()), "{other:?}");
        }
        assert!(
            in_job.admits(None) && in_job.admits(Some(&offer(false, Some(Job::new((1, 2), 5, 5)))))
        );
        assert!(in_job.admits(Some(&offer(false, Some(Job::new((1, 1), 5, 6))))));
        assert!(!in_job.admits(Some(&offer(false, Some(Job::new((1, 1), 5, 5))))));
        assert!(!in_job.admits(Some(&offer(true, Some(Job::new((1, 1), 5, 6))))));
    }
}
