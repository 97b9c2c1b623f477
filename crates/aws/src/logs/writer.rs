//! The door through which this process writes its own log lines: functions', containers' and state machines'.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::Sender;

use jiff::Timestamp;

use super::store::Job;

/// How many bytes of lines may wait to be stored; what comes on top is lost.
const MAX_BACKLOG: usize = 64 * 1024 * 1024;

/// Writes lines to `CloudWatch` Logs. Cheap: a line is copied once and handed to another thread, which makes group and
/// stream when they aren't there. Clones write to the same place.
///
/// Lines that come faster than they can be stored are lost once 64 MiB of them wait; a warning tells how many.
#[derive(Debug, Clone)]
pub struct LogWriter {
    pub(super) sender: Sender<Job>,
    pub(super) backlog: Arc<Backlog>,
}

/// What waits to be stored.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    bytes: AtomicUsize,
    lost: AtomicU64,
}

impl Backlog {
    /// A line is stored.
    pub(super) fn settle(&self, line: &Line) {
        self.bytes.fetch_sub(line.text.len(), Ordering::Relaxed);
    }

    /// How many lines were lost since this was asked last.
    pub(super) fn take_lost(&self) -> u64 {
        self.lost.swap(0, Ordering::Relaxed)
    }
}

/// A line on its way: group, stream and message in one piece of memory.
#[derive(Debug)]
pub(crate) struct Line {
    text: Box<str>,
    group: usize,
    stream: usize,
    pub(super) at: i64,
}

impl Line {
    pub(super) fn group(&self) -> &str {
        &self.text[..self.group]
    }

    pub(super) fn stream(&self) -> &str {
        &self.text[self.group..self.stream]
    }

    /// Group and stream together: what tells one stream from another.
    pub(super) fn place(&self) -> (&str, usize) {
        (&self.text[..self.stream], self.group)
    }

    pub(super) fn message(&self) -> &str {
        &self.text[self.stream..]
    }
}

impl LogWriter {
    /// Writes one line, without its end, to a stream of a group.
    pub fn write(&self, log_group: &str, log_stream: &str, timestamp: Timestamp, message: &str) {
        let length = log_group.len() + log_stream.len() + message.len();
        if self.backlog.bytes.fetch_add(length, Ordering::Relaxed) + length > MAX_BACKLOG {
            self.backlog.bytes.fetch_sub(length, Ordering::Relaxed);
            self.backlog.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let mut text = String::with_capacity(length);
        text.push_str(log_group);
        text.push_str(log_stream);
        text.push_str(message);
        let (group, stream) = (log_group.len(), log_group.len() + log_stream.len());
        let line = Line { text: text.into_boxed_str(), group, stream, at: timestamp.as_millisecond() };
        // The other end goes only when the database can't be used any more, which it has told of.
        let _ = self.sender.send(Job::Line(line));
    }
}
