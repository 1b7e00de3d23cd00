//! [`Follow`]: live output as an iterator of bytes and events.

use std::io::{BufReader, Read};

use ureq::Body;
use ureq::http::Response;

use super::exchange;
use crate::follow::FollowEvent;
use crate::frame::{self, Frame};
use crate::problem::{ErrorCode, Problem};
use crate::time::Time;

const BUFFER_BYTES: usize = 64 << 10;

/// The output of a live response. Ends when the daemon ends it.
pub struct Follow {
    body: BufReader<Box<dyn Read + Send>>,
}

/// An item of live output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FollowItem {
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
    /// The time of arrival of the bytes that follow.
    Time(Time),
    Event(Box<FollowEvent>),
}

impl Follow {
    pub(super) fn new(response: Response<Body>) -> Self {
        let body = Box::new(exchange::reader(response));
        Self { body: BufReader::with_capacity(BUFFER_BYTES, body) }
    }
}

/// The content of a frame; `None` for an event that this client does not know, which a newer daemon
/// may send.
fn decode(frame: Frame) -> Result<Option<FollowItem>, Problem> {
    Ok(match frame.kind {
        frame::STDOUT => Some(FollowItem::Stdout(frame.payload)),
        frame::STDERR => Some(FollowItem::Stderr(frame.payload)),
        frame::TIME => {
            let micros = frame.payload.as_slice().try_into().map(i64::from_be_bytes);
            micros.ok().map(|micros| FollowItem::Time(Time::from_micros(micros)))
        }
        frame::EVENT => {
            let event = serde_json::from_slice(&frame.payload).ok();
            event.map(|event| FollowItem::Event(Box::new(event)))
        }
        kind => {
            let message = format!("The daemon sent a frame of unknown type {kind}.");
            return Err(Problem::new(ErrorCode::Internal, message));
        }
    })
}

impl Iterator for Follow {
    type Item = Result<FollowItem, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let frame = match Frame::read(&mut self.body) {
                Ok(frame) => frame?,
                Err(error) => return Some(Err(exchange::disconnected(&error))),
            };
            match decode(frame) {
                Ok(None) => {}
                other => return other.transpose(),
            }
        }
    }
}
