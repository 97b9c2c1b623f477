//! The content of objects on its way in and out.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::StreamingBlob;
use s3s::stream::{ByteStream, RemainingLength};
use s3s::{S3Error, S3Result, StdError, s3_error};
use tokio::sync::mpsc;

use super::blobs::{Blobs, Fresh, Lease};
use super::body::BodyFault;
use super::checksum::{Algorithm, Sum};
use super::fault;
use super::store::INLINE;
use crate::front::TooSlow;

/// How much is read from a file at a time, in bytes.
const CHUNK: usize = 256 * 1024;
/// How long a client may send nothing.
const IDLE: Duration = Duration::from_mins(1);

/// Content that has arrived and that nothing refers to yet. Dropped, it is gone.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) size: u64,
    pub(super) md5: [u8; 16],
    /// Of the algorithm that was asked for.
    pub(super) sum: Sum,
    /// Of a second one, if that was asked for, too.
    pub(super) also: Option<Sum>,
    pub(super) kept: Kept,
}

/// Where content is.
#[derive(Debug)]
pub(super) enum Kept {
    Inline(Vec<u8>),
    File(Fresh),
}

struct Hashes {
    md5: Md5,
    sum: (Algorithm, ChecksumHasher),
    also: Option<(Algorithm, ChecksumHasher)>,
    size: u64,
}

impl Hashes {
    fn new(algorithm: Algorithm, also: Option<Algorithm>) -> Self {
        let also = also.filter(|also| *also != algorithm).map(|also| (also, also.hasher()));
        Self { md5: Md5::new(), sum: (algorithm, algorithm.hasher()), also, size: 0 }
    }

    fn update(&mut self, data: &[u8]) {
        self.md5.update(data);
        self.sum.1.update(data);
        if let Some((_, also)) = &mut self.also {
            also.update(data);
        }
        self.size += data.len() as u64;
    }

    fn finish(self, kept: Kept) -> Content {
        Content {
            size: self.size,
            md5: self.md5.finalize(),
            sum: self.sum.0.finish(self.sum.1),
            also: self.also.map(|(algorithm, hasher)| algorithm.finish(hasher)),
            kept,
        }
    }
}

/// Takes content in, hashing it on the way: little into memory, more into a file.
pub(super) async fn take(
    blobs: &Arc<Blobs>,
    body: impl Stream<Item = Result<Bytes, StdError>> + Send,
    algorithm: Algorithm,
    also: Option<Algorithm>,
) -> S3Result<Content> {
    let mut body = std::pin::pin!(body);
    let mut little = Vec::new();
    let first = loop {
        let Some(chunk) = next(&mut body).await? else {
            let mut hashes = Hashes::new(algorithm, also);
            hashes.update(&little);
            return Ok(hashes.finish(Kept::Inline(little)));
        };
        if little.len() + chunk.len() > INLINE {
            break chunk;
        }
        little.extend_from_slice(&chunk);
    };
    // Hashing and writing take turns with receiving, on a thread that may wait for the disk.
    let (send, mut receive) = mpsc::channel::<Bytes>(16);
    let blobs = Arc::clone(blobs);
    let writing = tokio::task::spawn_blocking(move || {
        let (mut file, fresh) = blobs.create()?;
        let mut hashes = Hashes::new(algorithm, also);
        while let Some(chunk) = receive.blocking_recv() {
            hashes.update(&chunk);
            file.write_all(&chunk)?;
        }
        blobs.sync(&file)?;
        Ok::<_, io::Error>(hashes.finish(Kept::File(fresh)))
    });
    let mut chunks = Some(Bytes::from(little)).into_iter().chain([first]);
    let failed = loop {
        let chunk = match chunks.next() {
            Some(chunk) => chunk,
            None => match next(&mut body).await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break None,
                Err(error) => break Some(error),
            },
        };
        if send.send(chunk).await.is_err() {
            // The writer has ended with an error, which follows.
            break None;
        }
    };
    drop(send);
    let content = writing.await.map_err(fault::internal)?.map_err(fault::internal)?;
    match failed {
        Some(error) => Err(error),
        None => Ok(content),
    }
}

async fn next(body: &mut Pin<&mut (impl Stream<Item = Result<Bytes, StdError>> + Send)>) -> S3Result<Option<Bytes>> {
    match tokio::time::timeout(IDLE, body.next()).await {
        Ok(Some(Ok(chunk))) => Ok(Some(chunk)),
        Ok(None) => Ok(None),
        Ok(Some(Err(error))) => Err(match error.downcast::<BodyFault>() {
            Ok(fault) => (*fault).into(),
            Err(error) if error.is::<TooSlow>() => too_slow(),
            Err(_) => s3_error!(
                IncompleteBody,
                "You did not provide the number of bytes specified by the Content-Length HTTP header"
            ),
        }),
        Err(_) => Err(too_slow()),
    }
}

fn too_slow() -> S3Error {
    s3_error!(
        RequestTimeout,
        "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed."
    )
}

/// A piece of content.
#[derive(Debug)]
pub(super) struct Segment {
    place: Place,
    size: u64,
}

#[derive(Debug)]
enum Place {
    Inline(Bytes),
    File(Lease),
}

impl Segment {
    pub(super) fn inline(bytes: Vec<u8>) -> Self {
        Self { size: bytes.len() as u64, place: Place::Inline(bytes.into()) }
    }

    pub(super) fn file(lease: Lease, size: u64) -> Self {
        Self { place: Place::File(lease), size }
    }
}

/// Content on its way out: pieces one after the other, or a range of them.
#[derive(Debug)]
pub(super) struct Reading {
    segments: VecDeque<(Segment, Range<u64>)>,
    open: Option<(File, Segment, u64)>,
    left: u64,
}

impl Reading {
    /// The bytes of `range` of the pieces put together. Pieces outside of it are let go of.
    pub(super) fn new(segments: Vec<Segment>, range: &Range<u64>) -> Self {
        let mut at = 0;
        let mut wanted = VecDeque::new();
        for segment in segments {
            let (begin, end) = (at, at + segment.size);
            at = end;
            let (from, to) = (range.start.max(begin), range.end.min(end));
            if from < to {
                wanted.push_back((segment, from - begin..to - begin));
            }
        }
        let left = wanted.iter().map(|(_, range)| range.end - range.start).sum();
        Self { segments: wanted, open: None, left }
    }

    /// The bytes that are still to come.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// The next bytes; `None` at the end.
    pub(super) async fn next(&mut self) -> Option<io::Result<Bytes>> {
        if self.left == 0 {
            return None;
        }
        let read = self.chunk().await;
        match &read {
            Ok(chunk) => self.left -= chunk.len() as u64,
            Err(_) => self.left = 0,
        }
        Some(read)
    }

    async fn chunk(&mut self) -> io::Result<Bytes> {
        let (opened, segment, left) = if let Some((file, segment, left)) = self.open.take() {
            (Ok(file), segment, left)
        } else {
            let Some((segment, range)) = self.segments.pop_front() else {
                return Err(io::ErrorKind::UnexpectedEof.into());
            };
            match &segment.place {
                Place::Inline(bytes) => return Ok(bytes.slice(range.start as usize..range.end as usize)),
                Place::File(_) => (Err(range.start), segment, range.end - range.start),
            }
        };
        let reading = tokio::task::spawn_blocking(move || {
            let mut file = match (opened, &segment.place) {
                (Ok(file), _) => file,
                (Err(start), Place::File(lease)) => {
                    let mut file = lease.open()?;
                    file.seek(SeekFrom::Start(start))?;
                    file
                }
                (Err(_), Place::Inline(_)) => return Err(io::Error::from(io::ErrorKind::Unsupported)),
            };
            let mut buffer = vec![0; CHUNK.min(left as usize)];
            file.read_exact(&mut buffer)?;
            let left = left - buffer.len() as u64;
            Ok((Bytes::from(buffer), (left > 0).then_some((file, segment, left))))
        });
        let (chunk, open) = reading.await.map_err(io::Error::other)??;
        self.open = open;
        Ok(chunk)
    }

    /// All of it.
    pub(super) async fn all(mut self) -> S3Result<Bytes> {
        let mut whole = Vec::new();
        let total = self.left as usize;
        while let Some(chunk) = self.next().await {
            let chunk = chunk.map_err(fault::internal)?;
            if chunk.len() == total {
                return Ok(chunk);
            }
            whole.reserve_exact(total - whole.len());
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.into())
    }

    /// As a stream.
    pub(super) fn stream(self) -> impl Stream<Item = Result<Bytes, StdError>> + Send + Sync + 'static {
        stream::unfold(self, |mut reading| async move {
            let chunk = reading.next().await?;
            Some((chunk.map_err(StdError::from), reading))
        })
    }
}

impl From<Reading> for StreamingBlob {
    fn from(reading: Reading) -> Self {
        let left = reading.left as usize;
        Self::new(Sized { left, inner: Box::pin(reading.stream()) })
    }
}

/// A stream whose length is known.
struct Sized {
    left: usize,
    inner: Pin<Box<dyn Stream<Item = Result<Bytes, StdError>> + Send + Sync>>,
}

impl Stream for Sized {
    type Item = Result<Bytes, StdError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = self.inner.as_mut().poll_next(cx);
        if let Poll::Ready(Some(Ok(chunk))) = &polled {
            self.left = self.left.saturating_sub(chunk.len());
        }
        polled
    }
}

impl ByteStream for Sized {
    fn remaining_length(&self) -> RemainingLength {
        RemainingLength::new_exact(self.left)
    }
}

/// Bytes as a body.
pub(super) fn blob(bytes: impl Into<Bytes>) -> StreamingBlob {
    s3s::Body::from(bytes.into()).into()
}

/// Hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl From<BodyFault> for S3Error {
    fn from(fault: BodyFault) -> Self {
        match fault {
            BodyFault::Incomplete => s3_error!(
                IncompleteBody,
                "You did not provide the number of bytes specified by the Content-Length HTTP header"
            ),
            BodyFault::Malformed(reason) => {
                s3_error!(InvalidRequest, "The aws-chunked body is malformed: {reason}")
            }
            BodyFault::Sha256 => fault::custom(
                http::StatusCode::BAD_REQUEST,
                "XAmzContentSHA256Mismatch",
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
            ),
        }
    }
}
