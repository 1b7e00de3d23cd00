//! [`Feed`]: the output of one run as it grows, for a follower.
//!
//! A feed doesn't wait. Its owner calls [`Feed::next_batch`] whenever the log may have grown, and
//! gets what was added since the last call. In between a feed holds the newest segment open and
//! nothing else.

use std::io;
use std::path::PathBuf;

use persistproc_api::cursor::{Cursor, Source};
use persistproc_api::output::Stream;

use super::byte_reader::{ByteReader, ChunkRef};
use super::log::Log;

/// Follows one stream of a run.
pub struct Feed {
    folder: PathBuf,
    run: u32,
    bytes: ByteReader,
    /// How many bytes after the start cursor the follower already has.
    skip: u64,
    /// The log as of the last call.
    log: Option<Log>,
    keep_times: bool,
}

/// What was added to the output.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct FeedBatch {
    /// Bytes that were dropped before they could be read. They come before `chunks`.
    pub dropped: u64,
    /// Bytes that another program has deleted. They come before `chunks`.
    pub damaged: u64,
    /// Bytes in order of arrival.
    pub chunks: Vec<Chunk>,
}

/// Bytes of one source.
#[derive(Debug, PartialEq, Eq)]
pub struct Chunk {
    pub source: Source,
    /// When the last of them was read, in microseconds since 1970.
    pub time: i64,
    pub bytes: Vec<u8>,
    /// The offset in the source at which they end.
    pub end: u64,
    /// How many bytes of the source are missing before these, because they could not be stored.
    pub lost: u64,
}

impl Chunk {
    /// A borrowed form, for a [`LineAssembler`](super::lines::LineAssembler).
    pub fn to_ref(&self) -> ChunkRef<'_> {
        ChunkRef {
            source: self.source,
            time: self.time,
            bytes: &self.bytes,
            end: self.end,
            lost: self.lost,
        }
    }
}

impl Feed {
    /// Follows `stream` of a run starting at a cursor, without the first `skip` bytes.
    pub fn new(folder: PathBuf, stream: Stream, cursor: Cursor, skip: u64) -> Self {
        Self {
            folder,
            run: cursor.run,
            bytes: ByteReader::new(stream, cursor.at),
            skip,
            log: None,
            keep_times: false,
        }
    }

    /// Keeps chunks that were read at different times separate. Otherwise adjacent chunks of the
    /// same source are joined.
    #[must_use]
    pub fn with_times(mut self, keep_times: bool) -> Self {
        self.keep_times = keep_times;
        self
    }

    /// The cursor after the last batch.
    pub fn cursor(&self) -> Cursor {
        Cursor { run: self.run, at: self.bytes.at() }
    }

    /// The next batch. `None` if nothing was added.
    pub fn next_batch(&mut self) -> io::Result<Option<FeedBatch>> {
        let mut log = self.refreshed_log()?;
        while self.bytes.advance(&log)? {
            let batch = self.collect_batch();
            // The batch is empty if `skip` covers all of it.
            if batch != FeedBatch::default() {
                self.log = Some(log);
                return Ok(Some(batch));
            }
        }
        log.close_older_segments();
        self.log = Some(log);
        // The newest output may have been dropped, without a later chunk that reports it.
        let batch = self.skipped_batch();
        Ok((batch != FeedBatch::default()).then_some(batch))
    }

    /// The log as it is now. After an error, the next call opens it again.
    fn refreshed_log(&mut self) -> io::Result<Log> {
        match self.log.take() {
            Some(mut log) => {
                log.refresh()?;
                Ok(log)
            }
            None => Log::open(&self.folder),
        }
    }

    /// The batch that the byte reader has read.
    fn collect_batch(&mut self) -> FeedBatch {
        let mut batch = self.skipped_batch();
        for chunk in self.bytes.chunks() {
            let skipped = self.skip.min(chunk.bytes.len() as u64);
            self.skip -= skipped;
            let bytes = &chunk.bytes[skipped as usize..];
            // The follower has been informed of a gap before bytes that it has received.
            let lost = if skipped == 0 { chunk.lost } else { 0 };
            if !bytes.is_empty() {
                batch.push(ChunkRef { bytes, lost, ..chunk }, self.keep_times);
            }
        }
        batch
    }

    /// A batch of the bytes that could not be read since the last call, without those that the follower
    /// already has.
    fn skipped_batch(&mut self) -> FeedBatch {
        let skipped = self.bytes.take_skipped();
        let dropped = self.without_skip(skipped.dropped.sum());
        let damaged = self.without_skip(skipped.damaged.sum());
        FeedBatch { dropped, damaged, chunks: Vec::new() }
    }

    fn without_skip(&mut self, bytes: u64) -> u64 {
        let skipped = self.skip.min(bytes);
        self.skip -= skipped;
        bytes - skipped
    }
}

impl FeedBatch {
    /// Appends a chunk, to the last one if possible.
    fn push(&mut self, chunk: ChunkRef<'_>, keep_times: bool) {
        let can_join = |last: &Chunk| {
            last.source == chunk.source
                && (!keep_times || last.time == chunk.time)
                && chunk.lost == 0
        };
        if let Some(last) = self.chunks.last_mut().filter(|last| can_join(last)) {
            last.time = chunk.time;
            last.end = chunk.end;
            last.bytes.extend(chunk.bytes);
            return;
        }
        self.chunks.push(Chunk {
            source: chunk.source,
            time: chunk.time,
            bytes: chunk.bytes.to_vec(),
            end: chunk.end,
            lost: chunk.lost,
        });
    }
}
