//! Desktop notices: [`Client::notify_settings`] and [`Client::notify`].

use std::time::Duration;

use super::Client;
use super::answer_wait::AnswerKind;
use crate::notices::{NotifyRequest, NotifySettings};
use crate::problem::Problem;
use crate::routes;

/// How long the program that shows a first notice may take.
const FIRST_NOTICE_TIME: Duration = Duration::from_secs(6);

impl Client {
    /// For which processes desktop notices are on.
    pub fn notify_settings(&self) -> Result<NotifySettings, Problem> {
        self.get(routes::NOTIFY, &())
    }

    /// Turns desktop notices on or off.
    pub fn notify(&self, request: &NotifyRequest) -> Result<NotifySettings, Problem> {
        self.post_for(routes::NOTIFY, request, AnswerKind::after(FIRST_NOTICE_TIME))
    }
}
