//! Live output as an iterator of bytes and events. It knows frames, not terminals.

use std::io::{BufReader, Read};

use ureq::Body;
use ureq::http::Response;

use crate::follow::FollowEvent;
use crate::frame::{self, Frame};
use crate::problem::{ErrorCode, Problem};
use crate::time::Time;

/// A live answer. Ends when the daemon ends it.
pub struct Follow {
    body: BufReader<Box<dyn Read + Send>>,
}

/// What comes along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FollowItem {
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
    /// The bytes that follow came then.
    Time(Time),
    Event(Box<FollowEvent>),
}

impl Follow {
    pub(super) fn new(response: Response<Body>) -> Self {
        let body = response.into_body().into_with_config().limit(u64::MAX).reader();
        Self { body: BufReader::with_capacity(64 << 10, Box::new(body)) }
    }

    fn item(frame: Frame) -> Result<Option<FollowItem>, Problem> {
        Ok(match frame.kind {
            frame::STDOUT => Some(FollowItem::Stdout(frame.payload)),
            frame::STDERR => Some(FollowItem::Stderr(frame.payload)),
            frame::TIME => {
                let micros = frame.payload.as_slice().try_into().map(i64::from_be_bytes);
                micros.ok().map(|micros| FollowItem::Time(Time::from_micros(micros)))
            }
            // A newer daemon may tell more than we know.
            frame::EVENT => serde_json::from_slice(&frame.payload)
                .ok()
                .map(|event| FollowItem::Event(Box::new(event))),
            kind => {
                let message = format!("The daemon sent a frame of unknown type {kind}.");
                return Err(Problem::new(ErrorCode::Internal, message));
            }
        })
    }
}

impl Iterator for Follow {
    type Item = Result<FollowItem, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match Frame::read(&mut self.body) {
                Ok(None) => return None,
                Ok(Some(frame)) => match Self::item(frame) {
                    Ok(None) => {}
                    other => return other.transpose(),
                },
                Err(error) => return Some(Err(super::broken(&error))),
            }
        }
    }
}
