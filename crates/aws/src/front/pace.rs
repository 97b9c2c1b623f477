//! Patience with slow clients: what a request's body and an answer may take.
//!
//! A byte now and then does not keep a connection: the time that is allowed grows with what has come or gone, not with each
//! piece of it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// How long a body may take besides what its bytes do.
const BODY: Duration = Duration::from_secs(30);
/// The fewest bytes of a body in a second, from when [`BODY`] is over.
const BYTES_A_SECOND: u64 = 16 * 1024;
/// How long a client may leave an answer unread.
const UNREAD: Duration = Duration::from_mins(1);
/// How many bytes it must have read by then to have the same time again.
const PROGRESS: usize = 64 * 1024;

/// A body came too slowly.
#[derive(Debug, thiserror::Error)]
#[error("the body came too slowly")]
pub(crate) struct TooSlow;

/// A body that must come at a fair pace.
pub(crate) struct Paced<B> {
    body: B,
    began: Instant,
    bytes: u64,
    /// Made when something is waited for.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl<B> Paced<B> {
    pub(crate) fn new(body: B) -> Self {
        Self { body, began: Instant::now(), bytes: 0, sleep: None }
    }
}

impl<B> Body for Paced<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
            let data = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref());
            this.bytes += data.map_or(0, |data| data.len() as u64);
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let until = this.began + BODY + Duration::from_millis(this.bytes * 1000 / BYTES_A_SECOND);
        let sleep = this.sleep.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if sleep.deadline() != until {
            sleep.as_mut().reset(until);
        }
        ready!(sleep.as_mut().poll(context));
        Poll::Ready(Some(Err(TooSlow.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A connection that ends when its client leaves what it is sent unread.
pub(super) struct Attended<S> {
    stream: S,
    /// Since something waits to be written: until when, and the bytes written since.
    waits: Option<(Pin<Box<Sleep>>, usize)>,
}

impl<S> Attended<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, waits: None }
    }

    /// What comes of an attempt to write.
    fn written(&mut self, context: &mut Context<'_>, attempt: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(done) = attempt {
            if let (Ok(bytes), Some((_, since))) = (&done, &mut self.waits) {
                *since += bytes;
                if *since >= PROGRESS {
                    self.waits = None;
                }
            }
            return Poll::Ready(done);
        }
        let (sleep, _) = self.waits.get_or_insert_with(|| (Box::pin(sleep_until(Instant::now() + UNREAD)), 0));
        ready!(sleep.as_mut().poll(context));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client leaves the answer unread")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Attended<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Attended<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        let attempt = Pin::new(&mut self.stream).poll_write(context, from);
        self.written(context, attempt)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        from: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let attempt = Pin::new(&mut self.stream).poll_write_vectored(context, from);
        self.written(context, attempt)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Flushed when everything is written: the client has caught up.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.waits = None;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http_body_util::{BodyExt as _, StreamBody};

    use super::*;

    /// Reads a body of pieces of so many bytes, one every two seconds. Returns how many bytes came, and after how many
    /// seconds it ended.
    async fn read(piece: usize, pieces: usize) -> (Result<usize, String>, u64) {
        let began = Instant::now();
        let stream = futures_util::stream::unfold(0, |sent| async move {
            if sent == pieces {
                return None;
            }
            tokio::time::sleep(Duration::from_secs(2)).await;
            Some((Ok::<_, Infallible>(Frame::data(Bytes::from(vec![0; piece]))), sent + 1))
        });
        let body = Paced::new(StreamBody::new(Box::pin(stream)));
        let read = body.collect().await.map(|body| body.to_bytes().len()).map_err(|error| error.to_string());
        (read, began.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_may_come_slowly_but_not_drip() {
        assert_eq!(read(64 * 1024, 100).await, (Ok(100 * 64 * 1024), 200));
        let (dripped, seconds) = read(1, 1_000).await;
        assert_eq!((dripped, seconds), (Err("the body came too slowly".into()), 30));
        // Half of the pace: it is cut when what was allowed at first is used up.
        let (slow, seconds) = read(16 * 1024, 1_000).await;
        assert!(slow.is_err() && (55..=65).contains(&seconds), "{slow:?} after {seconds} seconds");
    }
}
