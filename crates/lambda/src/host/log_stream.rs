//! The log of one execution environment: what its process writes, cut into lines and given to the invocation that is
//! running, with the platform's lines between.
//!
//! Standard output and standard error share one pipe, so that their order is the order in which they were written.
//! Whoever ends an invocation first reads the pipe empty: a process writes its lines before it posts its answer, so
//! they all are in the pipe by then, and `END` never overtakes them.

use std::{io, sync::Arc};

use ::process::{Lines, read_now};
use jiff::Timestamp;
use tokio::net::unix::pipe;

use super::call::Call;
use crate::{FunctionSpec, LogRecord, LogSink, LogSource, limits::LOG_TAIL_BYTES};

/// How much is read at once before an invocation begins or ends: more than a pipe holds on any system, so that what
/// was written before is all read, and a process that writes without end cannot hold the invocation up.
const DRAIN_BYTES: usize = 1024 * 1024;

/// Of one execution environment. Lives behind a lock, so that lines come out whole and in order.
pub(crate) struct LogStream {
    spec: Arc<FunctionSpec>,
    sink: Option<LogSink>,
    name: String,
    lines: Lines,
    current: Option<Arc<Call>>,
    /// The end of the current invocation's log, if it is wanted.
    tail: Option<String>,
}

impl LogStream {
    pub(crate) fn new(spec: Arc<FunctionSpec>, sink: Option<LogSink>, name: String) -> Self {
        Self { spec, sink, name, lines: Lines::default(), current: None, tail: None }
    }

    /// Reads the pipe empty without waiting; the answer says whether the other end is closed.
    ///
    /// It asks the kernel directly: tokio's own `try_read` reads only after its reactor has seen the data.
    pub(crate) fn drain(&mut self, pipe: &pipe::Receiver) -> bool {
        self.pump(DRAIN_BYTES, |buffer| read_now(pipe, buffer))
    }

    /// Reads what tokio has announced, until the kernel says that there is no more, which re-arms the announcement.
    pub(crate) fn read_ready(&mut self, pipe: &pipe::Receiver) -> bool {
        self.pump(DRAIN_BYTES, |buffer| pipe.try_read(buffer))
    }

    fn pump(&mut self, limit: usize, mut read: impl FnMut(&mut [u8]) -> io::Result<usize>) -> bool {
        let mut buffer = [0; 8192];
        let mut total = 0;
        while total < limit {
            match read(&mut buffer) {
                Ok(0) => {
                    self.flush_partial();
                    return true;
                }
                Ok(count) => {
                    total += count;
                    self.accept(&buffer[..count]);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
                // Nothing else can be read from a pipe that fails.
                Err(_) => return true,
            }
        }
        false
    }

    fn accept(&mut self, bytes: &[u8]) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.feed(bytes, |line| self.emit(LogSource::Function, line));
        self.lines = lines;
    }

    fn flush_partial(&mut self) {
        std::mem::take(&mut self.lines).flush(|line| self.emit(LogSource::Function, line));
    }

    fn emit(&mut self, source: LogSource, message: &str) {
        if let Some(sink) = &self.sink {
            sink(&LogRecord {
                function_name: &self.spec.name,
                log_group: &self.spec.logging.log_group,
                log_stream: &self.name,
                request_id: self.current.as_ref().map(|call| call.request_id.as_str()),
                tag: self.current.as_ref().and_then(|call| call.tag.as_ref()),
                timestamp: Timestamp::now(),
                source,
                message,
            });
        }
        if let Some(tail) = &mut self.tail {
            tail.push_str(message);
            tail.push('\n');
            // Cut rarely: only once twice the wanted length has gathered.
            if tail.len() > 2 * LOG_TAIL_BYTES {
                cut_to_tail(tail);
            }
        }
    }

    /// A line of the platform's own.
    pub(crate) fn platform(&mut self, line: &str) {
        self.emit(LogSource::Platform, line);
    }

    /// From here on, lines belong to `call`.
    pub(crate) fn begin(&mut self, call: Arc<Call>, start_line: &str) {
        self.tail = call.log_tail.then(String::new);
        self.current = Some(call);
        self.platform(start_line);
    }

    /// Ends what `begin` began, and returns the end of its log if that was wanted.
    pub(crate) fn finish(&mut self) -> Option<String> {
        self.current = None;
        let mut tail = self.tail.take()?;
        cut_to_tail(&mut tail);
        Some(tail)
    }

    /// Whether somebody listens; if not, the platform's lines need not even be written.
    pub(crate) fn is_heard(&self) -> bool {
        self.sink.is_some() || self.tail.is_some()
    }
}

/// Keeps the last 4 KB, beginning with a whole character.
fn cut_to_tail(text: &mut String) {
    if let Some(mut cut) = text.len().checked_sub(LOG_TAIL_BYTES) {
        while !text.is_char_boundary(cut) {
            cut += 1;
        }
        text.drain(..cut);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn stream() -> (LogStream, Arc<Mutex<Vec<String>>>) {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&lines);
        let sink: LogSink = Arc::new(move |record: &LogRecord<'_>| {
            let mut seen = seen.lock().unwrap();
            seen.push(format!("{}|{}", record.request_id.unwrap_or("-"), record.message));
        });
        let spec = Arc::new(FunctionSpec::new("f", "arn:aws:lambda:us-east-1:123456789012:function:f", "f"));
        (LogStream::new(spec, Some(sink), "s".to_owned()), lines)
    }

    #[test]
    fn lines_are_cut_and_given_to_the_invocation() {
        let (mut log, lines) = stream();
        log.accept(b"starting\nhalf");
        log.begin(Arc::new(Call::sample("r1", true)), "START");
        log.accept(b" and half\r\n\nlast \xff");
        log.flush_partial();
        assert_eq!(log.finish().as_deref(), Some("START\nhalf and half\n\nlast \u{fffd}\n"));
        log.accept(b"after\n");
        assert_eq!(
            *lines.lock().unwrap(),
            ["-|starting", "r1|START", "r1|half and half", "r1|", "r1|last \u{fffd}", "-|after"]
        );
    }

    #[test]
    fn the_tail_is_the_last_four_kilobytes() {
        let (mut log, _) = stream();
        log.begin(Arc::new(Call::sample("r1", true)), "START");
        for number in 0..5_000 {
            log.accept(format!("line {number} é\n").as_bytes());
        }
        let tail = log.finish().unwrap();
        assert!(tail.len() <= 4096 && tail.len() > 4090, "{}", tail.len());
        assert!(tail.ends_with("line 4999 é\n"));
        log.begin(Arc::new(Call::sample("r2", false)), "START");
        assert_eq!(log.finish(), None);
    }
}
